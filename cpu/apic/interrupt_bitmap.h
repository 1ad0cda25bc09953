// 256 bits, one per vector: the form of IRR, ISR and TMR (SDM 3A 11.8.4).
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace vireo {

class InterruptBitmap {
 public:
  bool test(uint8_t vector) const { return (words_[vector >> 5] >> (vector & 31)) & 1; }
  void set(uint8_t vector) { words_[vector >> 5] |= 1u << (vector & 31); }
  void clear(uint8_t vector) { words_[vector >> 5] &= ~(1u << (vector & 31)); }

  // The highest vector that is set, or -1.
  int highest() const {
    for (int i = 7; i >= 0; --i) {
      if (words_[i] != 0) return 32 * i + 31 - std::countl_zero(words_[i]);
    }
    return -1;
  }

  // The eight registers of 32 bits in which the guest sees the map.
  uint32_t word(unsigned index) const { return words_[index & 7]; }

 private:
  std::array<uint32_t, 8> words_{};
};

}  // namespace vireo
