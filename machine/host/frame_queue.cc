#include "machine/host/frame_queue.h"

#include <utility>

namespace vireo {

void FrameQueue::push(std::span<const std::byte> bytes, const FrameOffload& offload) {
  if (bytes_ + bytes.size() > kMaxBytes) return;
  bytes_ += bytes.size();
  frames_.push_back({{bytes.begin(), bytes.end()}, offload});
}

std::optional<NetFrame> FrameQueue::take() {
  if (frames_.empty()) return std::nullopt;
  taken_ = std::move(frames_.front());
  frames_.pop_front();
  bytes_ -= taken_.bytes.size();
  return NetFrame{taken_.bytes, taken_.offload};
}

}  // namespace vireo
