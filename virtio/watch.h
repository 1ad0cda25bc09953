// What an observer of a virtio driver gets to see: each step that the driver takes, as the
// device meets it (VirtIO 1.4 chapters 2 to 4). A driver lint is such an observer.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "machine/base/guest_addr.h"
#include "virtio/queue/virtqueue.h"

namespace vireo {

// The door through which a driver came.
enum class VirtioInterface : uint8_t { kModern, kLegacy };

// A structure that a driver reads and writes (section 4.1.4).
enum class VirtioRegion : uint8_t {
  kCommon,      // common configuration
  kIsr,         // ISR status
  kDevice,      // device configuration through the modern interface
  kNotify,      // notification in memory
  kNotifyPort,  // notification through an I/O port
  kLegacy,      // the legacy registers and the configuration behind them
};

// One access of a driver, as it was made; `offset` counts from the structure's start. A
// read is told before it takes effect, when its value is not known yet.
struct DriverAccess {
  VirtioRegion region = VirtioRegion::kCommon;
  bool write = false;
  uint64_t offset = 0;
  unsigned size = 0;
  uint64_t value = 0;  // of a write
};

enum class DriverReset : uint8_t {
  kStatus,    // the driver wrote 0 to the status
  kFunction,  // the PCI function was reset
};

// A descriptor as the device read it, once and in the order of the walk.
struct WatchedDescriptor {
  GuestAddr addr;
  uint32_t length = 0;
  uint16_t flags = 0;     // NEXT 1, WRITE 2, INDIRECT 4; packed: AVAIL 0x80, USED 0x8000
  uint16_t id = 0;        // split: next; packed: buffer id
  uint16_t position = 0;  // index in its table or ring
  bool indirect = false;  // it stands in an indirect table
};

// A chain that the device took from a queue or tried to: `failure` says which rule made
// the walk stop and is empty for a good chain.
struct WatchedChain {
  unsigned queue = 0;
  bool packed = false;
  uint16_t ring_position = 0;  // split: slot of the available ring; packed: of the ring
  std::span<const WatchedDescriptor> descriptors;
  std::string failure;
};

// Called synchronously, on the machine's one thread, before the step takes effect unless
// said otherwise. An observer only looks: it changes nothing, neither device nor guest
// memory. Every method does nothing by default; nobody watching costs one test of a
// pointer per step.
class DriverWatch {
 public:
  virtual ~DriverWatch() = default;

  // Every access to a structure, before what it means is told by the methods below.
  virtual void on_access(const DriverAccess& /*access*/) {}
  // A status write after it took effect; `after` lacks bits that were refused. A write of
  // 0 is told by on_reset, before the state is gone.
  virtual void on_status(VirtioInterface /*via*/, uint8_t /*before*/, uint8_t /*written*/,
                         uint8_t /*after*/) {}
  // 32 bits of the driver's features, also when they come too late to count.
  virtual void on_features(VirtioInterface /*via*/, uint32_t /*word*/, uint32_t /*value*/) {}
  // Queue set-up: a size written (whether it is taken or not), and the start of a queue
  // with what is going to be in force.
  virtual void on_queue_size(unsigned /*queue*/, uint16_t /*size*/) {}
  virtual void on_queue_enabled(VirtioInterface /*via*/, unsigned /*queue*/,
                                const QueueLayout& /*layout*/) {}
  // A queue reset alone, also one that is refused because RING_RESET is not in force.
  virtual void on_queue_reset(unsigned /*queue*/) {}
  // A notification. `queue` may be anything; `data` is the value written.
  virtual void on_kick(VirtioInterface /*via*/, unsigned /*queue*/, uint32_t /*data*/) {}
  // After the device walked a chain; once for each, also when the device puts it back on
  // the ring for a while.
  virtual void on_chain(const WatchedChain& /*chain*/) {}
  // The driver got `count` chains back at once, with or without an interrupt.
  virtual void on_used(unsigned /*queue*/, unsigned /*count*/, bool /*interrupt*/) {}
  // A queue stopped, or the device did: a reset must follow.
  virtual void on_failure(const std::string& /*why*/) {}
  virtual void on_reset(DriverReset /*kind*/) {}
  // The device has the state of a snapshot: what its driver did so far was not seen.
  virtual void on_loaded() {}
  // PCI: a configuration cycle of this function, and the bus master bit after a change.
  virtual void on_config_cycle(unsigned /*offset*/, unsigned /*size*/, bool /*write*/) {}
  virtual void on_bus_master(bool /*on*/) {}
};

}  // namespace vireo
