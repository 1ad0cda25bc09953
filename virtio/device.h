// What a virtio device type is, apart from any bus: the one interface behind the legacy and
// the modern transport (VirtIO 1.4 chapters 2 and 5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "machine/base/archive.h"
#include "machine/base/counter_visitor.h"
#include "machine/base/guest_memory.h"
#include "virtio/features.h"
#include "virtio/queue/virtqueue.h"

namespace vireo {

// What a device may ask of the core that carries it. Valid from attach on.
class VirtioHost {
 public:
  virtual ~VirtioHost() = default;
  // The feature bits in force: acknowledged by the driver and offered.
  virtual uint64_t features() const = 0;
  // The driver uses the legacy interface: other framing rules and no VERSION_1.
  virtual bool legacy_session() const = 0;
  virtual GuestMemory& memory() = 0;
  // Something in the configuration space really changed, not by the driver's own write.
  virtual void config_changed() = 0;
  // The outside world has something for queue `index`: process_queue will be called,
  // as after a kick.
  virtual void queue_ready(unsigned index) = 0;
  // An unrecoverable error: the device stops until it is reset (NEEDS_RESET).
  virtual void device_failed(const std::string& why) = 0;
};

// How process_queue left a queue.
enum class QueueWork : uint8_t {
  kDrained,  // every chain taken: the next one needs a kick
  kMore,     // chains are left because this event did enough: call again soon
  kPaused,   // chains are left until the device calls queue_ready
};

// A device type. The core calls it in this order, any number of times:
//   reset -> (config accesses) -> features fixed -> process_queue ... -> reset
// A queue may stop alone between two process_queue calls, and start again.
// All calls come from the machine's one thread, never nested. A device reads and writes
// guest memory only through the chains that it is given.
class VirtioDevice {
 public:
  virtual ~VirtioDevice() = default;
  void attach(VirtioHost& host) { host_ = &host; }

  virtual uint16_t type_id() const = 0;
  // The type's own feature bits; the core adds those of ring and transport.
  virtual uint64_t device_features() const = 0;
  // Whether the dependencies between the type's bits hold. `features` is a subset of
  // what is offered. A device must accept every valid subset.
  virtual bool accepts_features(uint64_t /*features*/) const { return true; }

  // Constant over the life of the device. Sizes are powers of two up to 32768.
  virtual unsigned queue_count() const = 0;
  virtual uint16_t max_queue_size(unsigned index) const = 0;
  // The longest indirect table the device accepts, in descriptors.
  virtual uint32_t max_indirect() const { return 1024; }

  // Bytes of device configuration; 0 when the type has none. At most 232, so that a
  // legacy I/O BAR of 256 ports holds it.
  virtual uint32_t config_size() const { return 0; }
  // Fills in all config_size() bytes.
  virtual void read_config(std::span<std::byte> /*out*/) const {}
  // A driver's write, wholly inside the space; read-only bytes are ignored.
  virtual void write_config(uint32_t /*offset*/, std::span<const std::byte> /*bytes*/) {}

  // Takes chains and pushes answers; a bounded amount of work per call.
  virtual QueueWork process_queue(unsigned index, Virtqueue& queue) = 0;
  // Virtual time from a kick to the processing of its queue: requests that arrive
  // meanwhile form one batch.
  virtual uint64_t kick_delay_ns() const { return 0; }

  // Queue `index` stopped alone (2.6.1): chains of it that the device holds are gone, and
  // pushing them later has no effect.
  virtual void queue_stopped(unsigned /*index*/) {}
  // Back to the state before any driver came.
  virtual void reset() = 0;
  virtual void visit(Archive& archive) = 0;
  // What the device itself counts; the core adds kicks, interrupts and requests.
  virtual void for_each_counter(const CounterVisitor& /*visit*/) const {}

 protected:
  VirtioHost& host() { return *host_; }
  const VirtioHost& host() const { return *host_; }

 private:
  VirtioHost* host_ = nullptr;
};

}  // namespace vireo
