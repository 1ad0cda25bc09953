#include "machine/host/pty_channel.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "machine/host/fd_io.h"

namespace vireo {
namespace {

constexpr int kPatienceMs = 100;
constexpr uint64_t kReconnectNs = 100'000'000;

bool writable(int fd, int timeout_ms) {
  pollfd room = {fd, POLLOUT, 0};
  return ::poll(&room, 1, timeout_ms) > 0 && (room.revents & POLLOUT) != 0;
}

// No echo and no line editing, so that the guest's own terminal handling rules.
void make_raw(int fd) {
  termios settings;
  if (::tcgetattr(fd, &settings) != 0) return;
  ::cfmakeraw(&settings);
  ::tcsetattr(fd, TCSANOW, &settings);
}

}  // namespace

PtyChannel::PtyChannel(SourceSet& set, UniqueFd master, std::string path)
    : HostChannel(set),
      master_(std::move(master)),
      path_(std::move(path)),
      input_(std::make_unique<InputBuffer>(master_.get())) {}

Result<std::unique_ptr<PtyChannel>> PtyChannel::open(SourceSet& set, const std::string& label) {
  UniqueFd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  char path[64];
  if (!master.valid() || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0 ||
      ::ptsname_r(master.get(), path, sizeof path) != 0) {
    return errno_error("make a pseudo-terminal for", label, "is /dev/pts mounted?");
  }
  // Opened and closed once, so that from now on "nobody there" can be seen.
  const UniqueFd slave(::open(path, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (slave.valid()) make_raw(slave.get());
  return std::unique_ptr<PtyChannel>(new PtyChannel(set, std::move(master), path));
}

bool PtyChannel::connected() const {
  pollfd state = {master_.get(), POLLIN, 0};
  return ::poll(&state, 1, 0) == 0 || (state.revents & POLLHUP) == 0;
}

void PtyChannel::write(std::span<const uint8_t> bytes) {
  if (!connected()) return;
  while (!bytes.empty()) {
    const ssize_t put = ::write(master_.get(), bytes.data(), bytes.size());
    if (put > 0) {
      bytes = bytes.subspan(static_cast<size_t>(put));
      stalled_ = false;
    } else if (errno != EAGAIN || stalled_ || !writable(master_.get(), kPatienceMs)) {
      stalled_ = errno == EAGAIN;
      return;
    }
  }
}

std::optional<uint8_t> PtyChannel::read() {
  const auto byte = input_->take();
  // The end of a stream only means that one program left; the next may come.
  if (!byte && input_->ended()) input_ = std::make_unique<InputBuffer>(master_.get());
  return byte;
}

int PtyChannel::wait_fd() const { return input_->starved() && connected() ? master_.get() : -1; }

uint64_t PtyChannel::max_wait_ns() const { return connected() ? UINT64_MAX : kReconnectNs; }

}  // namespace vireo
