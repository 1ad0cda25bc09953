// Frames that came from outside and wait for the machine to take them.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "machine/base/net_backend.h"

namespace vireo {

// Bounded: what comes when it is full is dropped.
class FrameQueue {
 public:
  static constexpr size_t kMaxBytes = 4u << 20;
  // Beyond this the sender should be left waiting, where it can be.
  static constexpr size_t kEnoughBytes = 1u << 20;

  bool empty() const { return frames_.empty(); }
  bool has_enough() const { return bytes_ >= kEnoughBytes; }

  void push(std::span<const std::byte> bytes, const FrameOffload& offload = {});
  // The next frame; valid until the next call.
  std::optional<NetFrame> take();

 private:
  struct Entry {
    std::vector<std::byte> bytes;
    FrameOffload offload;
  };
  std::deque<Entry> frames_;
  Entry taken_;
  size_t bytes_ = 0;
};

}  // namespace vireo
