// A stream of bytes to and from the outside: the far end of a serial port.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace vireo {

// Implemented by the host room (terminal, file, pty, null) and by tests.
// Neither call blocks for longer than the host's buffers make it.
class ByteChannel {
 public:
  virtual ~ByteChannel() = default;
  // Takes all bytes; losing some (a closed pipe) is not the guest's business.
  virtual void write(std::span<const uint8_t> bytes) = 0;
  // The next byte from outside, or nothing when none waits.
  virtual std::optional<uint8_t> read() = 0;
  // Pushes out anything buffered: on guest idle and before the process ends.
  virtual void flush() {}
};

}  // namespace vireo
