// A byte channel into memory: what the guest wrote last, and what a monitor writes to it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>

#include "machine/base/byte_channel.h"

namespace vireo {

// Keeps the last `capacity` bytes of each direction, as QEMU's ringbuf does of its one.
class RingChannel final : public ByteChannel {
 public:
  explicit RingChannel(uint64_t capacity) : capacity_(capacity) {}

  void write(std::span<const uint8_t> bytes) override {
    for (const uint8_t byte : bytes) put(out_, byte);
  }
  std::optional<uint8_t> read() override {
    if (in_.empty()) return std::nullopt;
    const uint8_t byte = in_.front();
    in_.pop_front();
    return byte;
  }

  // The other side: takes at most `most` bytes that the guest wrote; gives it some.
  std::string take(uint64_t most) {
    std::string text;
    while (text.size() < most && !out_.empty()) {
      text.push_back(static_cast<char>(out_.front()));
      out_.pop_front();
    }
    return text;
  }
  void give(std::string_view text) {
    for (const char c : text) put(in_, static_cast<uint8_t>(c));
  }

 private:
  void put(std::deque<uint8_t>& ring, uint8_t byte) {
    if (ring.size() == capacity_) ring.pop_front();
    ring.push_back(byte);
  }

  uint64_t capacity_;
  std::deque<uint8_t> out_, in_;
};

}  // namespace vireo
