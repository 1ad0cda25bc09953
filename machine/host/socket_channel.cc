#include "machine/host/socket_channel.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "machine/host/signals.h"
#include "machine/host/wall_clock.h"

namespace vireo {
namespace {

constexpr size_t kMaxOutput = 256 * 1024;
constexpr size_t kMaxWholeOutput = 16 * 1024 * 1024;
constexpr size_t kPiece = 64 * 1024;
// How long a far end may hold up the machine once before its output is dropped.
constexpr int kPatienceMs = 100;
constexpr int kStartPollMs = 50;
constexpr uint64_t kNsPerSecond = 1'000'000'000;

bool ready(int fd, short events, int timeout_ms) {
  pollfd wait = {fd, events, 0};
  return ::poll(&wait, 1, timeout_ms) > 0;
}

}  // namespace

Result<std::unique_ptr<SocketChannel>> SocketChannel::open(SourceSet& set, const ChannelSpec& spec,
                                                           const std::string& label) {
  std::unique_ptr<SocketChannel> channel(new SocketChannel(set, spec));
  if (auto started = channel->start(label); !started) {
    return Error{fmt::format("{}: {}", label, started.error().message)};
  }
  return channel;
}

Result<void> SocketChannel::start(const std::string& label) {
  if (spec_.kind == ChannelSpec::Kind::kUnix) {
    auto address = unix_address(spec_.path);
    if (!address) return address.error();
    addresses_ = {*address};
  } else {
    auto addresses = tcp_addresses(spec_.host, spec_.port, spec_.server);
    if (!addresses) return addresses.error();
    addresses_ = std::move(*addresses);
  }
  if (spec_.server) {
    auto listener = listen_on(addresses_, describe(spec_));
    if (!listener) return listener.error();
    listener_ = std::move(*listener);
    if (port() != 0 && spec_.port == "0") {
      fmt::print(stderr, "vireo: {} is on port {}\n", label, port());
    }
    return spec_.wait ? wait_for_first(label) : Result<void>();
  }
  return retries() ? Result<void>() : wait_for_first(label);
}

Result<void> SocketChannel::wait_for_first(const std::string& label) {
  if (spec_.server) {
    fmt::print(stderr, "vireo: {} waits for a connection to {}\n", label, describe(spec_));
  }
  while (!connected()) {
    look_for_connection();
    if (connected()) break;
    if (SignalWatch::stop_signal() != 0) return Error{"a signal ended the wait for a connection"};
    if (!spec_.server && !connection_.valid() && next_address_ == 0) {
      return Error{
          fmt::format("cannot connect to {}; start the server first, or give "
                      "reconnect=1",
                      describe(spec_))};
    }
    const int fd = spec_.server ? listener_.get() : connection_.get();
    if (fd >= 0) (void)ready(fd, spec_.server ? POLLIN : POLLOUT, kStartPollMs);
  }
  return {};
}

SocketChannel::~SocketChannel() {
  flush();
  if (listener_.valid() && spec_.kind == ChannelSpec::Kind::kUnix) ::unlink(spec_.path.c_str());
}

void SocketChannel::look_for_connection() {
  if (connected()) return;
  if (listener_.valid()) {
    connection_ = accept_connection(listener_.get());
    if (connection_.valid()) begin();
    return;
  }
  try_to_connect();
}

// One address after the other; the first again when all were tried.
void SocketChannel::try_to_connect() {
  if (!connection_.valid()) {
    const uint64_t now = host_monotonic_ns();
    const bool resting = next_address_ == 0 && last_try_ns_ != 0 &&
                         now - last_try_ns_ < spec_.reconnect_seconds * kNsPerSecond;
    if (resting) return;
    last_try_ns_ = now;
    connection_ = begin_connection(addresses_[next_address_]);
    next_address_ = (next_address_ + 1) % addresses_.size();
    connecting_ = connection_.valid();
  }
  if (!connecting_) return;
  const ConnectionState state = connection_state(connection_.get());
  if (state == ConnectionState::kConnected) begin();
  if (state == ConnectionState::kFailed) end();
}

void SocketChannel::begin() {
  connecting_ = stalled_ = false;
  arrived_ = news_ = true;
  input_ = std::make_unique<InputBuffer>(connection_.get());
  output_.clear();
}

void SocketChannel::end() {
  connection_ = UniqueFd();
  connecting_ = false;
  input_.reset();
  output_.clear();
}

// In pieces, as only a part of a long text fits the buffer at once. A piece goes whole or not at
// all, and with one that does not go the rest is dropped.
void SocketChannel::write(std::span<const uint8_t> bytes) {
  while (connected() && !bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), kPiece));
    const bool room = spec_.whole ? make_room_or_hang_up(piece.size()) : make_room(piece.size());
    if (!room) return;
    output_.insert(output_.end(), piece.begin(), piece.end());
    if (piece.back() == '\n') flush();
    bytes = bytes.subspan(piece.size());
  }
}

// Waits for a far end that reads, but not again for one that did not while it had the time.
bool SocketChannel::make_room(size_t bytes) {
  const auto full = [&] { return output_.size() + bytes > kMaxOutput; };
  if (full()) flush();
  while (connected() && full() && !stalled_) {
    stalled_ = !ready(connection_.get(), POLLOUT, kPatienceMs);
    flush();
  }
  return connected() && !full();
}

// Without waiting: what a protocol has to say waits here.
bool SocketChannel::make_room_or_hang_up(size_t bytes) {
  const auto full = [&] { return output_.size() + bytes > kMaxWholeOutput; };
  if (full()) flush();
  if (full()) end();
  return connected();
}

// Returns whether more may go now.
bool SocketChannel::send_some() {
  const ssize_t put =
      ::send(connection_.get(), output_.data(), output_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (put > 0) {
    output_.erase(output_.begin(), output_.begin() + put);
    stalled_ = false;
    return true;
  }
  if (put < 0 && errno != EAGAIN && errno != EINTR) end();
  return false;
}

void SocketChannel::flush() {
  while (connected() && !output_.empty() && send_some()) {
  }
}

std::optional<uint8_t> SocketChannel::read() {
  look_for_connection();
  news_ = false;
  if (!connected()) return std::nullopt;
  const auto byte = input_->take();
  if (!byte && input_->ended()) end();
  return byte;
}

void SocketChannel::pump() {
  look_for_connection();
  flush();
}

void SocketChannel::add_waits(std::vector<pollfd>& waits) const {
  if (!connected()) {
    if (listener_.valid()) waits.push_back({listener_.get(), POLLIN, 0});
    if (connecting_) waits.push_back({connection_.get(), POLLOUT, 0});
    return;
  }
  if (!output_.empty()) waits.push_back({connection_.get(), POLLOUT, 0});
  if (input_->starved()) waits.push_back({connection_.get(), POLLIN, 0});
}

uint64_t SocketChannel::max_wait_ns() const {
  const bool tries = !spec_.server && !connection_.valid() && retries();
  return tries ? spec_.reconnect_seconds * kNsPerSecond : UINT64_MAX;
}

}  // namespace vireo
