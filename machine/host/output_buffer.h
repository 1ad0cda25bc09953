// Output of a serial port on its way to a file descriptor, a line at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace vireo {

// Does not own the descriptor. What cannot be written (a closed pipe, a full
// disk) is dropped: the guest's port has no word for it.
class OutputBuffer {
 public:
  explicit OutputBuffer(int fd) : fd_(fd) {}
  ~OutputBuffer() { flush(); }
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;

  // Passed on at each newline, and when the buffer is full.
  void put(std::span<const uint8_t> bytes);
  void flush();
  // Whether the last byte ended a line; true before the first.
  bool at_line_start() const { return at_line_start_; }

 private:
  int fd_;
  size_t used_ = 0;
  bool closed_ = false;
  bool at_line_start_ = true;
  std::array<uint8_t, 4096> bytes_;
};

}  // namespace vireo
