#include "machine/host/stream_net.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "machine/base/log.h"
#include "machine/host/stream_socket.h"

namespace vireo {
namespace {

constexpr size_t kLengthBytes = 4;
constexpr size_t kReadBytes = 64 << 10;

void put_length(std::vector<std::byte>& out, size_t length) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::byte>(length >> shift));
}

size_t get_length(const std::byte* at) {
  size_t length = 0;
  for (size_t i = 0; i < kLengthBytes; ++i) length = length << 8 | static_cast<uint8_t>(at[i]);
  return length;
}

bool later(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

Result<std::unique_ptr<NetBackend>> StreamNet::open(SourceSet& set, const std::string& name,
                                                    const StreamNetSpec& spec) {
  std::unique_ptr<StreamNet> net(new StreamNet(set, name));
  auto socket = spec.listens ? listen_stream(spec) : connect_stream(spec);
  if (!socket) return Error{fmt::format("{}: {}", name, socket.error().message)};
  (spec.listens ? net->listener_ : net->peer_) = std::move(*socket);
  return std::unique_ptr<NetBackend>(std::move(net));
}

void StreamNet::send(const NetFrame& frame) {
  if (!peer_.valid()) return;
  put_length(output_, frame.bytes.size());
  output_.insert(output_.end(), frame.bytes.begin(), frame.bytes.end());
  write_out();
}

void StreamNet::write_out() {
  size_t done = 0;
  while (peer_.valid() && done < output_.size()) {
    const ssize_t put =
        ::send(peer_.get(), output_.data() + done, output_.size() - done, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && later(errno)) break;
    if (put < 0) return lose(std::strerror(errno));
    done += static_cast<size_t>(put);
  }
  output_.erase(output_.begin(), output_.begin() + static_cast<ptrdiff_t>(done));
}

void StreamNet::poll() {
  if (!peer_.valid()) accept_peer();
  write_out();
  read_in();
}

void StreamNet::accept_peer() {
  if (!listener_.valid()) return;
  peer_ = accept_stream(listener_);
  if (peer_.valid()) Log::print(LogItem::kVirtio, "{}: connected", name_);
}

void StreamNet::read_in() {
  std::array<std::byte, kReadBytes> bytes;
  while (peer_.valid() && !queue_.has_enough()) {
    const ssize_t got = ::recv(peer_.get(), bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && later(errno)) return;
    if (got <= 0) return lose(got == 0 ? "the other side went away" : std::strerror(errno));
    input_.insert(input_.end(), bytes.begin(), bytes.begin() + got);
    take_frames();
  }
}

// A length that no frame has means that the other side speaks something else.
void StreamNet::take_frames() {
  size_t at = 0;
  while (input_.size() - at >= kLengthBytes) {
    const size_t length = get_length(input_.data() + at);
    if (length > kLargestFrame) return lose(fmt::format("it sent a frame of {} bytes", length));
    if (input_.size() - at - kLengthBytes < length) break;
    queue_.push(std::span(input_).subspan(at + kLengthBytes, length));
    at += kLengthBytes + length;
  }
  input_.erase(input_.begin(), input_.begin() + static_cast<ptrdiff_t>(at));
}

void StreamNet::lose(const std::string& why) {
  Log::print(LogItem::kVirtio, "{}: connection lost: {}", name_, why);
  peer_ = UniqueFd();
  input_.clear();
  output_.clear();
}

void StreamNet::add_waits(std::vector<pollfd>& waits) const {
  if (!peer_.valid() && listener_.valid()) waits.push_back({listener_.get(), POLLIN, 0});
  if (!peer_.valid()) return;
  short events = 0;
  if (queue_.empty()) events |= POLLIN;
  if (!output_.empty()) events |= POLLOUT;
  if (events != 0) waits.push_back({peer_.get(), events, 0});
}

}  // namespace vireo
