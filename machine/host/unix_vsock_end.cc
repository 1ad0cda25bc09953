#include "machine/host/unix_vsock_end.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

namespace vireo {
namespace {

// How often to look whether a program reads on.
constexpr uint64_t kRetryNs = 1'000'000;

}  // namespace

bool socket_readable(int fd) {
  pollfd state = {fd, POLLIN, 0};
  return ::poll(&state, 1, 0) > 0;
}

std::optional<size_t> UnixVsockEnd::read(std::span<std::byte> out) {
  if (ended_ || out.empty()) return std::nullopt;
  const ssize_t count = ::recv(fd_.get(), out.data(), out.size(), MSG_DONTWAIT);
  starved_ = count < 0 && (errno == EAGAIN || errno == EINTR);
  if (count > 0) return static_cast<size_t>(count);
  if (!starved_) ended_ = true;
  return std::nullopt;
}

std::optional<size_t> UnixVsockEnd::write(std::span<const std::byte> bytes) {
  if (broken_) return std::nullopt;
  const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  full_ = count < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS);
  if (count >= 0) return static_cast<size_t>(count);
  if (!full_) broken_ = true;
  return std::nullopt;
}

void UnixVsockEnd::end_writing() { ::shutdown(fd_.get(), SHUT_WR); }

void UnixVsockEnd::established(uint32_t host_port) {
  if (!called_guest_) return;
  const std::string answer = fmt::format("OK {}\n", host_port);
  (void)write(std::as_bytes(std::span(answer)));
}

uint64_t UnixVsockEnd::max_wait_ns() const { return full_ ? kRetryNs : UINT64_MAX; }

void UnixVsockEnd::pump() {
  if (!starved_ || ended_ || !socket_readable(fd_.get())) return;
  starved_ = false;
  news_ = true;
}

}  // namespace vireo
