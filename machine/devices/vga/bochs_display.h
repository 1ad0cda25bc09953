// The display interface of Bochs: sixteen-bit registers behind an index, for pictures of any size
// that lie in memory as rows of pixels (Bochs VBE display interface, version 0xB0C5).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "machine/base/archive.h"

namespace vireo {

// What the registers ask for, with every number within what the memory holds.
struct LinearMode {
  unsigned width = 0, height = 0;  // pixels
  unsigned depth = 0;              // bits: 4, 8, 15, 16, 24 or 32
  uint64_t start = 0;              // of the first pixel, in bytes
  uint64_t pitch = 0;              // bytes from row to row; with depth 4, of one plane

  bool operator==(const LinearMode&) const = default;
};

class BochsDisplay {
 public:
  static constexpr unsigned kRegisters = 11;

  // For a card with this much memory, a multiple of 64 KiB.
  explicit BochsDisplay(uint64_t memory_bytes) : memory_bytes_(memory_bytes) {}

  void reset();
  void visit(Archive& archive);

  uint16_t index() const { return index_; }
  void set_index(uint16_t index) { index_ = index; }
  // Of the register `index`; there are kRegisters, others read as 0.
  uint16_t read(unsigned index) const;
  // Returns how many bytes from the start of the memory are to be cleared.
  uint64_t write(unsigned index, uint16_t value);

  bool on() const;
  bool wide_dac() const;
  // Of the 64 KiB that the window at A0000 shows.
  uint64_t bank_offset() const;
  // When it is on.
  LinearMode mode() const;

 private:
  uint64_t enable(uint16_t value);
  void fit();
  uint64_t row_bytes(uint64_t pixels) const;

  uint64_t memory_bytes_;
  uint16_t index_ = 0;
  std::array<uint16_t, kRegisters> registers_{};
};

}  // namespace vireo
