// What both ring formats have in common on the device's side (VirtIO 1.4 section 2.6).
#pragma once

#include <cstdint>
#include <optional>

#include "machine/base/archive.h"
#include "machine/base/guest_memory.h"
#include "virtio/queue/in_flight.h"
#include "virtio/queue/virtqueue.h"
#include "virtio/watch.h"

namespace vireo {

// A ring in guest memory. Nothing of it is cached between calls except the device's own
// indices, and each field is read once per use, so a driver that changes it meanwhile
// can only confuse itself.
//
// The memory must outlive it. A stopped ring pops nothing and touches no memory.
class Ring : public Virtqueue {
 public:
  explicit Ring(GuestMemory& memory) : memory_(memory) {}

  // Starts at the beginning of the driver's areas. A layout that breaks the alignment or
  // size rules fails the queue at its first use, not here, as a register write must
  // not fail.
  void start(const QueueLayout& layout, const RingFeatures& features);
  // Features may change while a legacy driver sets up in an unusual order.
  void set_features(const RingFeatures& features) { features_ = features; }
  // Back to the state before start: indices forgotten, no failure. Chains that a device
  // still holds are dropped when it pushes them.
  void stop();
  bool started() const { return started_; }
  const QueueLayout& layout() const { return layout_; }
  // Chains that the device holds.
  uint32_t in_flight() const { return in_flight_.chains(); }
  // Chains that were answered since the ring was made.
  uint64_t answered() const { return answered_; }

  // Tells `watch` (null: nobody) what happens on this queue, number `index`.
  void set_watch(DriverWatch* watch, unsigned index);

  void push(const DescriptorChain& chain, uint32_t written) final;
  bool publish() final;
  // Chains given back since the last publish().
  unsigned unpublished() const { return unpublished_; }

  void visit(Archive& archive);

 protected:
  // Whether the areas are aligned, the size is possible and nothing wraps past 2^64. That
  // the areas are RAM is noticed by each access.
  virtual bool layout_ok() const = 0;
  virtual void forget_indices() = 0;
  // Writes a used element that the driver does not see yet.
  virtual void write_used(const InFlight::Chain& chain) = 0;
  // Shows the driver what was written; true when it wants an interrupt.
  virtual bool publish_used() = 0;
  virtual void visit_indices(Archive& archive) = 0;

  bool usable() const { return started_ && !failed() && layout_ok(); }
  // The same, but a misplaced ring fails.
  bool usable_or_fail();
  // Whether the chain about to be taken is news to an observer: one that was taken back
  // to the ring is not.
  bool is_news();
  void taken_back() { ++seen_before_; }
  void report(WatchedChain chain, std::span<const WatchedDescriptor> descriptors);

  template <typename T>
  std::optional<T> load(GuestAddr addr) {
    const auto value = memory_.read<T>(addr);
    if (!value) fail_outside(addr);
    return value;
  }
  template <typename T>
  void store(GuestAddr addr, T value) {
    if (!memory_.write(addr, value)) fail_outside(addr);
  }

  GuestMemory& memory_;
  QueueLayout layout_;
  RingFeatures features_;
  InFlight in_flight_;

 private:
  void fail_outside(GuestAddr addr);

  DriverWatch* watch_ = nullptr;
  uint32_t seen_before_ = 0;  // chains on the ring that were taken once and put back
  unsigned index_ = 0;
  bool started_ = false;
  uint32_t unpublished_ = 0;  // used elements that the driver does not see yet
  uint64_t answered_ = 0;
};

// Whether an area lies at a multiple of `alignment` and does not wrap past 2^64.
bool ring_area_ok(GuestAddr base, uint64_t bytes, uint64_t alignment);

}  // namespace vireo
