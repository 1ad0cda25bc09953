// The modern structures in memory BAR 4, and notification through I/O BAR 2 (VirtIO 1.4
// section 4.1.4).
#pragma once

#include <cstdint>

#include "machine/base/archive.h"
#include "machine/base/io_space.h"
#include "virtio/core.h"
#include "virtio/transport/common_config.h"
#include "virtio/transport/interrupts.h"

namespace vireo {

// Handler for BAR 4: routes an access to the structure in which it starts. Bytes beyond
// a structure read as zero and drop writes.
class ModernInterface : public IoHandler {
 public:
  // `notify_step` is notify_off_multiplier: the distance of the queues' addresses.
  ModernInterface(VirtioCore& core, VirtioPciInterrupts& interrupts, uint32_t notify_step)
      : core_(core),
        interrupts_(interrupts),
        common_(core, interrupts),
        notify_step_(notify_step),
        notify_port_(core) {}

  uint64_t read(uint64_t offset, unsigned size) override;
  void write(uint64_t offset, unsigned size, uint64_t value) override;

  // Handler for BAR 2, where the value written names the queue (multiplier 0).
  IoHandler& notify_port() { return notify_port_; }
  uint32_t notify_step() const { return notify_step_; }

  void reset() { common_.reset(); }
  void visit(Archive& archive) { common_.visit(archive); }

 private:
  class NotifyPort : public IoHandler {
   public:
    explicit NotifyPort(VirtioCore& core) : core_(core) {}
    uint64_t read(uint64_t, unsigned) override { return 0; }
    void write(uint64_t offset, unsigned size, uint64_t value) override;

   private:
    VirtioCore& core_;
  };

  void notify(uint64_t offset, unsigned size, uint64_t value);

  VirtioCore& core_;
  VirtioPciInterrupts& interrupts_;
  CommonConfig common_;
  uint32_t notify_step_;
  NotifyPort notify_port_;
};

}  // namespace vireo
