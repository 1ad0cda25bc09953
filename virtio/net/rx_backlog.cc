#include "virtio/net/rx_backlog.h"

#include <algorithm>

namespace vireo {

using Segments = FrameOffload::Segments;

bool RxBacklog::push(unsigned pair, const NetFrame& frame, bool join) {
  if (full()) return false;
  std::deque<WaitingFrame>& list = waiting_[pair];
  if (join && !list.empty()) {
    const size_t before = list.back().bytes.size();
    if (coalesce_tcp(list.back(), frame)) {
      bytes_ += list.back().bytes.size() - before;
      return true;
    }
  }
  list.push_back({{frame.bytes.begin(), frame.bytes.end()}, frame.offload});
  ++frames_;
  bytes_ += frame.bytes.size();
  return true;
}

void RxBacklog::pop(unsigned pair) {
  bytes_ -= waiting_[pair].front().bytes.size();
  --frames_;
  waiting_[pair].pop_front();
}

void RxBacklog::clear_from(unsigned pair) {
  for (; pair < waiting_.size(); ++pair) waiting_[pair].clear();
  recount();
}

void RxBacklog::drop_offloads() {
  for (auto& list : waiting_) {
    std::erase_if(list, [](const WaitingFrame& frame) { return frame.offload.needs_checksum; });
    for (WaitingFrame& frame : list) frame.offload.checksum_valid = false;
  }
  recount();
}

void RxBacklog::recount() {
  frames_ = bytes_ = 0;
  for (const auto& list : waiting_) {
    frames_ += list.size();
    for (const WaitingFrame& frame : list) bytes_ += frame.bytes.size();
  }
}

void RxBacklog::visit_frame(Archive& archive, WaitingFrame& frame) {
  archive.io(frame.bytes, kLargestFrame);
  FrameOffload& offload = frame.offload;
  archive.io(offload.needs_checksum);
  archive.io(offload.checksum_valid);
  archive.io(offload.segments);
  archive.io(offload.ecn);
  archive.io(offload.checksum_start);
  archive.io(offload.checksum_offset);
  archive.io(offload.header_length);
  archive.io(offload.segment_size);
  if (offload.segments > Segments::kTcp6) archive.fail();
}

void RxBacklog::visit(Archive& archive) {
  for (auto& list : waiting_) {
    auto count = static_cast<uint32_t>(list.size());
    archive.io(count);
    if (!archive.saving()) {
      if (count > kMaxFrames) archive.fail();
      list.assign(archive.ok() ? count : 0, {});
    }
    for (WaitingFrame& frame : list) visit_frame(archive, frame);
  }
  recount();
}

}  // namespace vireo
