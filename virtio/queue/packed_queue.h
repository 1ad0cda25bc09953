// The packed virtqueue: one ring of descriptors that both sides write, and an event
// suppression structure for each side (VirtIO 1.4 section 2.8).
#pragma once

#include <cstdint>
#include <optional>

#include "virtio/queue/packed_chain.h"
#include "virtio/queue/ring.h"

namespace vireo {

// Device side of a packed ring. A position counts through the ring twice before it comes
// round: in the first lap the wrap counter is 1, in the second 0 (2.8.1).
class PackedQueue final : public Ring {
 public:
  explicit PackedQueue(GuestMemory& memory) : Ring(memory) {}

  std::optional<DescriptorChain> pop() override;
  void unpop(const DescriptorChain& chain) override;
  void suppress_kicks() override;
  bool request_kicks() override;

  // Slot and wrap counter of both sides, for `info virtio-queue-status` and tests.
  uint16_t next_avail() const { return slot(next_avail_); }
  uint16_t next_used() const { return slot(next_used_); }
  bool avail_wrap() const { return wrap(next_avail_); }
  bool used_wrap() const { return wrap(next_used_); }

 private:
  bool layout_ok() const override;
  void forget_indices() override { next_avail_ = next_used_ = published_used_ = 0; }
  void write_used(const InFlight::Chain& chain) override;
  bool publish_used() override;
  void visit_indices(Archive& archive) override;

  uint16_t slot(uint32_t position) const;
  bool wrap(uint32_t position) const { return position < layout_.size; }
  uint32_t advanced(uint32_t position, uint32_t by) const;
  GuestAddr descriptor_at(uint32_t position) const;
  // The next descriptor, if the driver has made it available.
  std::optional<PackedDescriptor> available();
  Result<PackedChain> walk(const PackedDescriptor& first);
  bool wants_interrupt(uint32_t old_used, uint32_t new_used);

  uint32_t next_avail_ = 0;
  uint32_t next_used_ = 0;
  uint32_t published_used_ = 0;  // where the driver sees the next used descriptor
  uint16_t head_flags_ = 0;      // of that descriptor, written last of a batch
};

// The bytes that the ring takes, and each event suppression structure.
constexpr uint64_t packed_ring_bytes(uint16_t size) { return uint64_t{16} * size; }
inline constexpr uint64_t kPackedEventBytes = 4;

}  // namespace vireo
