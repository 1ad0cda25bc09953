// Bytes read ahead from a descriptor.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace vireo {

// Asks the descriptor only when it is empty, and never blocks. Does not own the
// descriptor, nor make it non-blocking: others may share it.
class InputBuffer {
 public:
  explicit InputBuffer(int fd) : fd_(fd) {}

  // The next byte, or nothing for now or (see ended) for good.
  std::optional<uint8_t> take();
  // The far end closed and every byte was taken.
  bool ended() const { return ended_; }
  // The last take() found nothing.
  bool starved() const { return starved_; }

 private:
  void fill();
  int fd_;
  bool ended_ = false;
  bool starved_ = false;
  size_t next_ = 0;
  size_t end_ = 0;
  std::array<uint8_t, 4096> bytes_;
};

}  // namespace vireo
