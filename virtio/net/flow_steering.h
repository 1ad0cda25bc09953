// Which receive queue a frame goes to when there are several (VirtIO 1.4 section
// 5.1.9.5.6: automatic receive steering).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "machine/base/archive.h"

namespace vireo {

// A flow's frames come to the queue pair that last sent one of that flow; a flow of which
// nothing was sent goes by its hash. The hash is the same for both directions and depends
// on addresses, protocol and ports only.
class FlowSteering {
 public:
  void set_pairs(unsigned pairs) { pairs_ = pairs; }
  unsigned pairs() const { return pairs_; }

  void sent(std::span<const std::byte> frame, unsigned pair);
  unsigned pair_of(std::span<const std::byte> frame) const;

  // One pair, nothing remembered.
  void reset();
  void visit(Archive& archive);

 private:
  static constexpr size_t kBuckets = 256;

  unsigned pairs_ = 1;
  // The pair plus one; 0: nothing was sent.
  std::array<uint8_t, kBuckets> sent_from_{};
};

// Equal for both directions of a flow. Frames without IP hash to 0.
uint32_t flow_hash(std::span<const std::byte> frame);

}  // namespace vireo
