// Frames on their way to the driver: what came from outside and waits for receive buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "machine/base/archive.h"
#include "virtio/net/coalescing.h"

namespace vireo {

// A list of frames for each queue pair, bounded in all.
class RxBacklog {
 public:
  static constexpr size_t kMaxFrames = 1024;
  static constexpr size_t kMaxBytes = 2u << 20;

  explicit RxBacklog(unsigned pairs) : waiting_(pairs) {}

  // No more should be taken from outside. A frame that is pushed all the same is dropped.
  bool full() const { return frames_ >= kMaxFrames || bytes_ >= kMaxBytes; }
  bool empty(unsigned pair) const { return waiting_[pair].empty(); }
  const WaitingFrame& front(unsigned pair) const { return waiting_[pair].front(); }

  // With `join` a TCP segment may become part of the one before it. False: dropped.
  bool push(unsigned pair, const NetFrame& frame, bool join);
  void pop(unsigned pair);
  // Forgets the frames of all pairs from `pair` on.
  void clear_from(unsigned pair);
  // Forgets the frames with work left to do, for a driver that does it no longer.
  void drop_offloads();
  void clear() { clear_from(0); }

  void visit(Archive& archive);

 private:
  void visit_frame(Archive& archive, WaitingFrame& frame);
  void recount();

  std::vector<std::deque<WaitingFrame>> waiting_;
  size_t frames_ = 0;
  size_t bytes_ = 0;
};

}  // namespace vireo
