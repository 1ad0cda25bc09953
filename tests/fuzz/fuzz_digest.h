// A number that stands for all that a fuzz target saw: equal for equal inputs,
// whatever compiler and dispatcher.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace vireo::fuzz {

class FuzzDigest {
 public:
  void add(std::span<const std::byte> bytes) {
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
      uint64_t word;
      std::memcpy(&word, bytes.data(), 8);
      state_ = (state_ ^ word) * 0x9e3779b97f4a7c15;
      state_ ^= state_ >> 29;
    }
    for (const std::byte byte : bytes) state_ = (state_ ^ static_cast<uint8_t>(byte)) * 31;
  }
  uint64_t value() const { return state_; }

 private:
  uint64_t state_ = 1;
};

inline FuzzDigest& digest() {
  static FuzzDigest all;
  return all;
}

}  // namespace vireo::fuzz
