// A virtqueue as a device sees it, whatever its ring format (VirtIO 1.4 section 2.6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "machine/base/guest_addr.h"
#include "virtio/queue/descriptor_chain.h"

namespace vireo {

// The longest ring of either format, in descriptors (sections 2.7 and 2.8).
inline constexpr uint16_t kMaxRingSize = 32768;

// Where a driver put a queue, in the names of section 4.1.4.3. For a split ring the
// areas are descriptor table, available ring and used ring; for a packed one descriptor
// ring, driver and device event suppression.
struct QueueLayout {
  uint16_t size = 0;  // descriptors
  GuestAddr descriptors;
  GuestAddr driver_area;
  GuestAddr device_area;
};

// The negotiated features that change how a ring works.
struct RingFeatures {
  bool event_idx = false;
  bool indirect = false;
  bool notify_on_empty = false;  // legacy only
  bool packed = false;           // the packed format (2.8), never on the legacy interface
  bool in_order = false;         // chains go back in the order in which they were offered
  // Longest indirect table accepted, in descriptors.
  uint32_t max_indirect = 1024;
};

// Device side of one queue. A device takes chains, answers each exactly once with
// `push`, in any order, and the core then publishes the batch:
//
//   while (auto chain = queue.pop()) { ...; queue.push(*chain, bytes_written); }
//
// A driver that breaks the ring's rules puts the queue into the failed state: pop
// gives nothing more, and only a reset recovers it. What was pushed before stays valid.
class Virtqueue {
 public:
  virtual ~Virtqueue() = default;

  // The next chain that the driver made available, or nothing.
  virtual std::optional<DescriptorChain> pop() = 0;
  // Undoes the latest pop that was not undone yet: its chain waits on the ring again. Only
  // for a chain that nothing was pushed since; a batch goes back in reverse order.
  virtual void unpop(const DescriptorChain& chain) = 0;
  // Hands a chain back; `written` counts the bytes written from its first writable one.
  virtual void push(const DescriptorChain& chain, uint32_t written) = 0;
  // Makes everything pushed since the last call visible at once. True when the driver
  // wants an interrupt for it.
  virtual bool publish() = 0;

  // Asks the driver not to kick, while the device is going to look anyway.
  virtual void suppress_kicks() = 0;
  // Asks for a kick for the next chain. True when one is already waiting: then no kick
  // will come for it, and the device must look again.
  virtual bool request_kicks() = 0;

  bool failed() const { return !failure_.empty(); }
  // Which rule the driver broke; empty while the queue works.
  const std::string& failure() const { return failure_; }

 protected:
  void fail(std::string why) { failure_ = std::move(why); }
  void clear_failure() { failure_.clear(); }
  std::string& failure_text() { return failure_; }

 private:
  std::string failure_;
};

}  // namespace vireo
