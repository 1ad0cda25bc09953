// A stream of bytes to and from the outside: the far end of a serial port.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace vireo {

// The text area of a terminal, in characters.
struct TerminalSize {
  uint16_t columns = 0;
  uint16_t rows = 0;
  bool operator==(const TerminalSize&) const = default;
};

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
  // Whether anybody is at the far end: a server's socket has a client, say.
  virtual bool connected() const { return true; }
  // The size of the terminal at the far end now, if it is one.
  virtual std::optional<TerminalSize> terminal_size() const { return std::nullopt; }
  // True once after somebody came to the far end: a monitor then shows its prompt.
  virtual bool take_arrival() { return false; }
};

}  // namespace vireo
