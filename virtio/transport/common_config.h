// The modern common configuration structure (VirtIO 1.4 section 4.1.4.3).
#pragma once

#include <cstdint>

#include "machine/base/archive.h"
#include "virtio/core.h"
#include "virtio/transport/interrupts.h"

namespace vireo {

// Registers at offsets 0 to 63; any width and alignment is split into registers, with
// 64-bit fields as two halves that each keep what was written.
class CommonConfig {
 public:
  CommonConfig(VirtioCore& core, VirtioPciInterrupts& interrupts)
      : core_(core), interrupts_(interrupts) {}

  uint64_t read(uint64_t offset, unsigned size);
  void write(uint64_t offset, unsigned size, uint64_t value);

  void reset() { device_feature_select_ = driver_feature_select_ = 0; }
  void visit(Archive& archive);

 private:
  enum class Reg : uint8_t;
  struct Map;
  uint64_t get(Reg reg);
  uint64_t peek(Reg reg) const;
  uint64_t peek_queue(Reg reg) const;
  void set(Reg reg, uint64_t value);
  void set_queue(Reg reg, uint64_t value);
  void set_address(Reg reg, uint32_t value);

  VirtioCore& core_;
  VirtioPciInterrupts& interrupts_;
  uint32_t device_feature_select_ = 0;
  uint32_t driver_feature_select_ = 0;
};

}  // namespace vireo
