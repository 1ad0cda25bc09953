// Message-signalled interrupts (PCI 3.0 section 6.8; SDM 3A section 11.11).
#pragma once

#include <cstdint>

namespace vireo {

// A 32-bit write that a device or an I/O APIC sends to raise an interrupt.
struct MsiMessage {
  uint64_t address = 0;
  uint32_t data = 0;
};

// Takes messages: the board decides whether the address means a local APIC
// (0xFEExxxxx) or is a plain write to memory.
class MsiSink {
 public:
  virtual ~MsiSink() = default;
  virtual void send(MsiMessage message) = 0;
};

}  // namespace vireo
