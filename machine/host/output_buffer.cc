#include "machine/host/output_buffer.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "machine/host/signals.h"

namespace vireo {
namespace {

// Waits for room in a descriptor that somebody made non-blocking.
void wait_for_room(int fd) {
  pollfd wait = {fd, POLLOUT, 0};
  (void)::poll(&wait, 1, 1000);
}

}  // namespace

void OutputBuffer::put(std::span<const uint8_t> bytes) {
  if (!bytes.empty()) at_line_start_ = bytes.back() == '\n';
  for (const uint8_t byte : bytes) {
    bytes_[used_++] = byte;
    if (byte == '\n' || used_ == bytes_.size()) flush();
  }
}

void OutputBuffer::flush() {
  size_t done = 0;
  while (done < used_ && !closed_) {
    const ssize_t put = ::write(fd_, bytes_.data() + done, used_ - done);
    if (put >= 0) {
      done += static_cast<size_t>(put);
    } else if (errno == EAGAIN && SignalWatch::stop_signal() == 0) {
      wait_for_room(fd_);
    } else if (errno != EINTR || SignalWatch::stop_signal() != 0) {
      // Closed at the far end, or stuck while the user wants out.
      closed_ = errno != EINTR && errno != EAGAIN;
      break;
    }
  }
  used_ = 0;
}

}  // namespace vireo
