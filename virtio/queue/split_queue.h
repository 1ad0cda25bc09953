// The split virtqueue: descriptor table, available ring, used ring (VirtIO 1.4 section 2.7).
#pragma once

#include <cstdint>
#include <optional>

#include "virtio/queue/ring.h"

namespace vireo {

// Device side of a split ring.
class SplitQueue final : public Ring {
 public:
  explicit SplitQueue(GuestMemory& memory) : Ring(memory) {}

  std::optional<DescriptorChain> pop() override;
  void unpop(const DescriptorChain& chain) override;
  void suppress_kicks() override;
  bool request_kicks() override;

  // Free-running indices, for `info virtio-queue-status` and tests.
  uint16_t next_avail() const { return next_avail_; }
  uint16_t next_used() const { return next_used_; }

 private:
  bool layout_ok() const override;
  void forget_indices() override { next_avail_ = next_used_ = published_used_ = 0; }
  void write_used(const InFlight::Chain& chain) override;
  bool publish_used() override;
  void visit_indices(Archive& archive) override;

  std::optional<uint16_t> read_avail_idx();
  std::optional<DescriptorChain> take_head();
  Result<DescriptorChain> walk(uint16_t head);
  bool wants_interrupt(uint16_t old_used, uint16_t new_used);

  uint16_t next_avail_ = 0;      // next available entry to take
  uint16_t next_used_ = 0;       // next used entry to write
  uint16_t published_used_ = 0;  // used.idx as the driver sees it
};

// The bytes a split ring's areas occupy, without their alignment (section 2.7).
constexpr uint64_t split_table_bytes(uint16_t size) { return uint64_t{16} * size; }
constexpr uint64_t split_avail_bytes(uint16_t size) { return 6 + uint64_t{2} * size; }
constexpr uint64_t split_used_bytes(uint16_t size) { return 6 + uint64_t{8} * size; }

// The legacy layout: one block at page `pfn`, the used ring at the next page boundary
// behind the available ring (section 2.7.2).
QueueLayout legacy_split_layout(uint32_t pfn, uint16_t size);

}  // namespace vireo
