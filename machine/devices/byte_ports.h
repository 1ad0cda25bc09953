// Registers of chips on an 8-bit bus: a wide access is done byte by byte, lowest
// address first, as the bus controller of a PC does it.
#pragma once

#include <cstdint>

#include "machine/base/io_space.h"

namespace vireo {

// An IoHandler that asks its chip for one byte at a time. The chip outlives it;
// most chips hold theirs as members, one for each range of ports.
template <typename Chip>
class BytePorts final : public IoHandler {
 public:
  using Read = uint8_t (Chip::*)(uint64_t offset);
  using Write = void (Chip::*)(uint64_t offset, uint8_t value);

  BytePorts(Chip& chip, Read read, Write write) : chip_(chip), read_(read), write_(write) {}

  uint64_t read(uint64_t offset, unsigned size) override {
    uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) {
      value |= uint64_t{(chip_.*read_)(offset + i)} << (8 * i);
    }
    return value;
  }

  void write(uint64_t offset, unsigned size, uint64_t value) override {
    for (unsigned i = 0; i < size; ++i) {
      (chip_.*write_)(offset + i, static_cast<uint8_t>(value >> (8 * i)));
    }
  }

 private:
  Chip& chip_;
  Read read_;
  Write write_;
};

}  // namespace vireo
