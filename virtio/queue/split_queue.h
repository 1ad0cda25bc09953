// The split virtqueue: descriptor table, available ring, used ring (VirtIO 1.4 section 2.7).
#pragma once

#include <cstdint>
#include <optional>

#include "machine/base/archive.h"
#include "machine/base/guest_memory.h"
#include "virtio/queue/virtqueue.h"

namespace vireo {

// Device side of a split ring in guest memory. Nothing of the ring is cached between
// calls except the device's own indices, and each field of the ring is read once per
// use, so a driver that changes it meanwhile can only confuse itself.
//
// The memory must outlive it. A stopped queue pops nothing and touches no memory.
class SplitQueue final : public Virtqueue {
 public:
  explicit SplitQueue(GuestMemory& memory) : memory_(memory) {}

  // Starts with indices 0 on the driver's areas. A layout that breaks the alignment or
  // size rules fails the queue at its first use, not here, as a register write must
  // not fail.
  void start(const QueueLayout& layout, const RingFeatures& features);
  // Features may change while a legacy driver sets up in an unusual order.
  void set_features(const RingFeatures& features) { features_ = features; }
  // Back to the state before start: indices forgotten, no failure.
  void stop();
  bool started() const { return started_; }

  std::optional<DescriptorChain> pop() override;
  void unpop(const DescriptorChain& chain) override;
  void push(const DescriptorChain& chain, uint32_t written) override;
  bool publish() override;
  void suppress_kicks() override;
  bool request_kicks() override;

  // Free-running indices, for `info virtio-queue-status` and tests.
  uint16_t next_avail() const { return next_avail_; }
  uint16_t next_used() const { return next_used_; }

  void visit(Archive& archive);

 private:
  std::optional<uint16_t> read_avail_idx();
  std::optional<DescriptorChain> take_head();
  bool wants_interrupt(uint16_t old_used, uint16_t new_used);
  template <typename T>
  std::optional<T> load(GuestAddr addr);
  template <typename T>
  void store(GuestAddr addr, T value);

  GuestMemory& memory_;
  QueueLayout layout_;
  RingFeatures features_;
  bool started_ = false;
  uint16_t next_avail_ = 0;      // next available entry to take
  uint16_t next_used_ = 0;       // next used entry to write
  uint16_t published_used_ = 0;  // used.idx as the driver sees it
  uint16_t in_flight_ = 0;       // taken, not yet pushed
};

// The bytes a split ring's areas occupy, without their alignment (section 2.7).
constexpr uint64_t split_table_bytes(uint16_t size) { return uint64_t{16} * size; }
constexpr uint64_t split_avail_bytes(uint16_t size) { return 6 + uint64_t{2} * size; }
constexpr uint64_t split_used_bytes(uint16_t size) { return 6 + uint64_t{8} * size; }

// The legacy layout: one block at page `pfn`, the used ring at the next page boundary
// behind the available ring (section 2.7.2).
QueueLayout legacy_split_layout(uint32_t pfn, uint16_t size);

}  // namespace vireo
