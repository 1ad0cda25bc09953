// The legacy register block in I/O BAR 0 (VirtIO 1.4 section 4.1.4.10).
#pragma once

#include <cstdint>
#include <functional>

#include "machine/base/io_space.h"
#include "virtio/core.h"
#include "virtio/transport/interrupts.h"

namespace vireo {

// Handler for BAR 0. Behind the registers follows the device configuration; where it
// starts depends on whether MSI-X is enabled at that moment. Any width and alignment
// is split into registers.
class LegacyInterface : public IoHandler {
 public:
  // `enable_bus_master` is called for drivers of old that never set the PCI bit.
  LegacyInterface(VirtioCore& core, VirtioPciInterrupts& interrupts,
                  std::function<void()> enable_bus_master)
      : core_(core), interrupts_(interrupts), enable_bus_master_(std::move(enable_bus_master)) {}

  uint64_t read(uint64_t offset, unsigned size) override;
  void write(uint64_t offset, unsigned size, uint64_t value) override;

 private:
  enum class Reg : uint8_t;
  struct Maps;
  uint32_t header_bytes() const;
  uint64_t get(Reg reg);
  uint64_t peek(Reg reg) const;
  void set(Reg reg, uint64_t value);
  void write_status(uint8_t value);
  uint64_t read_header(uint64_t offset, unsigned size);
  void write_header(uint64_t offset, unsigned size, uint64_t value);

  VirtioCore& core_;
  VirtioPciInterrupts& interrupts_;
  std::function<void()> enable_bus_master_;
};

}  // namespace vireo
