#include "machine/host/unix_vsock.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include "machine/host/fd_io.h"
#include "machine/host/unix_vsock_end.h"

namespace vireo {
namespace {

constexpr int kBacklog = 16;

std::optional<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

UniqueFd make_socket(VsockType type) {
  const int kind = type == VsockType::kStream ? SOCK_STREAM : SOCK_SEQPACKET;
  return UniqueFd(::socket(AF_UNIX, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

UniqueFd connect_to(const std::string& path, VsockType type) {
  const auto address = unix_address(path);
  if (!address) return UniqueFd();
  UniqueFd fd = make_socket(type);
  if (fd.valid() && ::connect(fd.get(), generic(*address), sizeof *address) == 0) return fd;
  return UniqueFd();
}

// A socket file whose program is gone refuses everybody, and is in the way of the next.
void remove_left_over(const sockaddr_un& address, VsockType type) {
  struct stat status;
  if (::lstat(address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  const UniqueFd fd = make_socket(type);
  if (::connect(fd.get(), generic(address), sizeof address) != 0 && errno == ECONNREFUSED) {
    ::unlink(address.sun_path);
  }
}

// "CONNECT 1024" gives 1024.
std::optional<uint32_t> wanted_port(std::string_view line) {
  constexpr std::string_view kWord = "CONNECT ";
  if (line.substr(0, kWord.size()) != kWord) return std::nullopt;
  line.remove_prefix(kWord.size());
  uint32_t port = 0;
  const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), port);
  if (error != std::errc{} || stop != line.data() + line.size()) return std::nullopt;
  return port;
}

}  // namespace

Result<UnixVsock::Listener> UnixVsock::listen(const std::string& path, VsockType type) {
  const auto address = unix_address(path);
  if (!address) {
    return Error{fmt::format("path={}: a socket's path has 1 to {} bytes; use a shorter one", path,
                             sizeof(sockaddr_un::sun_path) - 1)};
  }
  remove_left_over(*address, type);
  UniqueFd fd = make_socket(type);
  if (!fd.valid() || ::bind(fd.get(), generic(*address), sizeof *address) != 0 ||
      ::listen(fd.get(), kBacklog) != 0) {
    return errno_error("listen at", path, "name a path in a writable folder that nobody uses");
  }
  return Listener{std::move(fd), path, type};
}

Result<std::unique_ptr<UnixVsock>> UnixVsock::open(SourceSet& set, const std::string& path) {
  auto streams = listen(path, VsockType::kStream);
  if (!streams) return streams.error();
  std::vector<Listener> listeners;
  listeners.push_back(std::move(*streams));
  auto messages = listen(path + "_seqpacket", VsockType::kSeqpacket);
  if (!messages) {
    ::unlink(path.c_str());
    return messages.error();
  }
  listeners.push_back(std::move(*messages));
  return std::unique_ptr<UnixVsock>(new UnixVsock(set, path, std::move(listeners)));
}

UnixVsock::UnixVsock(SourceSet& set, std::string path, std::vector<Listener> listeners)
    : HostSource(set), set_(set), path_(std::move(path)), listeners_(std::move(listeners)) {}

UnixVsock::~UnixVsock() {
  for (const Listener& listener : listeners_) ::unlink(listener.path.c_str());
}

std::unique_ptr<VsockEnd> UnixVsock::connect(uint32_t host_port, VsockType type) {
  UniqueFd fd = connect_to(fmt::format("{}_{}", path_, host_port), type);
  if (!fd.valid()) return nullptr;
  return std::make_unique<UnixVsockEnd>(set_, std::move(fd), false);
}

void UnixVsock::admit(const Listener& listener) {
  while (greetings_.size() < kMaxGreetings) {
    UniqueFd fd(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) return;
    greetings_.push_back({std::move(fd), listener.type, {}});
  }
}

// Byte by byte from a stream: what follows the line is for the guest.
bool UnixVsock::read_greeting(Greeting& greeting) {
  const bool messages = greeting.type == VsockType::kSeqpacket;
  while (greeting.text.size() < kMaxGreeting) {
    char bytes[kMaxGreeting];
    const size_t wanted = messages ? kMaxGreeting : 1;
    const ssize_t count = ::recv(greeting.fd.get(), bytes, wanted, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (count <= 0) return true;
    greeting.text.append(bytes, static_cast<size_t>(count));
    if (greeting.text.back() == '\n' || messages) return true;
  }
  return true;
}

std::optional<VsockHost::Call> UnixVsock::finish(Greeting& greeting) {
  std::string_view line = greeting.text;
  if (line.empty() || line.back() != '\n') return std::nullopt;
  line.remove_suffix(1);
  const auto port = wanted_port(line);
  if (!port) return std::nullopt;
  return Call{std::make_unique<UnixVsockEnd>(set_, std::move(greeting.fd), true), greeting.type,
              *port};
}

std::optional<VsockHost::Call> UnixVsock::accept() {
  for (const Listener& listener : listeners_) admit(listener);
  for (auto at = greetings_.begin(); at != greetings_.end();) {
    if (!read_greeting(*at)) {
      ++at;
      continue;
    }
    auto call = finish(*at);
    at = greetings_.erase(at);
    if (call) return call;
  }
  starved_ = true;
  return std::nullopt;
}

void UnixVsock::add_waits(std::vector<pollfd>& waits) const {
  if (!starved_) return;
  for (const Listener& listener : listeners_) waits.push_back({listener.fd.get(), POLLIN, 0});
  for (const Greeting& greeting : greetings_) waits.push_back({greeting.fd.get(), POLLIN, 0});
}

void UnixVsock::pump() {
  if (!starved_) return;
  std::vector<pollfd> waits;
  add_waits(waits);
  if (::poll(waits.data(), waits.size(), 0) <= 0) return;
  starved_ = false;
  news_ = true;
}

}  // namespace vireo
