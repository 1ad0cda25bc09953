#include "machine/host/input_buffer.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace vireo {

std::optional<uint8_t> InputBuffer::take() {
  if (next_ == end_ && !ended_) fill();
  starved_ = next_ == end_;
  if (starved_) return std::nullopt;
  return bytes_[next_++];
}

void InputBuffer::fill() {
  pollfd ready = {fd_, POLLIN, 0};
  if (::poll(&ready, 1, 0) <= 0) return;
  const ssize_t got = ::read(fd_, bytes_.data(), bytes_.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  // An error ends a stream as its end does; so does a descriptor never opened.
  ended_ = got <= 0;
  next_ = 0;
  end_ = ended_ ? 0 : static_cast<size_t>(got);
}

}  // namespace vireo
