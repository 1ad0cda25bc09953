// How processors reach a VGA's memory through the window at A0000: planes, latches, write modes
// and chains (IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "machine/base/archive.h"
#include "machine/devices/vga/vga_registers.h"

namespace vireo {

// The four planes lie side by side: byte 4 N + P is byte N of plane P, so that what is written by
// chain 4 is a row of bytes.
class VgaMemory {
 public:
  static constexpr uint64_t kWindow = 0x20000;
  static constexpr uint64_t kPlanesBytes = 0x40000;

  // At least kPlanesBytes, which outlive this.
  explicit VgaMemory(std::span<std::byte> bytes) : bytes_(bytes) {}

  void reset() { latch_ = 0; }
  void visit(Archive& archive) { archive.io(latch_); }

  // `offset` is below kWindow; where the card shows nothing, reads give ones.
  uint8_t read(const VgaState& state, uint64_t offset);
  // The first of the four bytes that may have changed; nothing: none has.
  std::optional<uint64_t> write(const VgaState& state, uint64_t offset, uint8_t value);

 private:
  uint32_t planes_at(uint64_t index) const;
  uint32_t prepared(const VgaState& state, uint8_t value) const;

  std::span<std::byte> bytes_;
  uint32_t latch_ = 0;  // a byte of each plane
};

}  // namespace vireo
