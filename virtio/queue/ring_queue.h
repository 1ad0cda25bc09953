// One queue in the ring format that was negotiated (VirtIO 1.4 section 2.6).
#pragma once

#include "virtio/queue/packed_queue.h"
#include "virtio/queue/split_queue.h"

namespace vireo {

// Holds both formats; the one in use is chosen at each start by RING_PACKED.
class RingQueue {
 public:
  explicit RingQueue(GuestMemory& memory) : split_(memory), packed_(memory) {}

  void start(const QueueLayout& layout, const RingFeatures& features);
  // Where the format changes under a started queue, which no sane driver does, it starts
  // again in the new one.
  void set_features(const RingFeatures& features);
  void stop();
  void set_watch(DriverWatch* watch, unsigned index);

  bool is_packed() const { return is_packed_; }
  Ring& ring() { return is_packed_ ? static_cast<Ring&>(packed_) : split_; }
  const Ring& ring() const { return is_packed_ ? static_cast<const Ring&>(packed_) : split_; }
  // For printing; the one that is not in use stands at its start.
  const SplitQueue& split() const { return split_; }
  const PackedQueue& packed() const { return packed_; }

  // Chains that were answered, in whichever format.
  uint64_t answered() const { return split_.answered() + packed_.answered(); }

  void visit(Archive& archive);

 private:
  bool is_packed_ = false;
  SplitQueue split_;
  PackedQueue packed_;
};

}  // namespace vireo
