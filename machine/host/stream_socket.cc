#include "machine/host/stream_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace vireo {
namespace {

// Two machines are often started side by side: the one that connects may be first.
constexpr int kConnectTries = 50;
constexpr useconds_t kConnectPauseUs = 100'000;

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

std::string name_of(const StreamNetSpec& spec) {
  return spec.path.empty() ? fmt::format("{}:{}", spec.host, spec.port) : spec.path;
}

Error socket_error(const char* action, const StreamNetSpec& spec, const char* why) {
  return Error{fmt::format("cannot {} {}: {}", action, name_of(spec), why)};
}

Result<std::vector<Address>> unix_address(const StreamNetSpec& spec) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (spec.path.size() >= sizeof address.sun_path) {
    return Error{fmt::format("the path {} is longer than a socket's may be", spec.path)};
  }
  std::memcpy(address.sun_path, spec.path.data(), spec.path.size());
  Address result;
  std::memcpy(&result.storage, &address, sizeof address);
  result.length = sizeof address;
  return std::vector<Address>{result};
}

Result<std::vector<Address>> addresses_of(const StreamNetSpec& spec) {
  if (!spec.path.empty()) return unix_address(spec);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = spec.listens ? AI_PASSIVE : 0;
  addrinfo* found = nullptr;
  const char* host = spec.host.empty() ? nullptr : spec.host.c_str();
  const int failed = ::getaddrinfo(host, spec.port.c_str(), &hints, &found);
  if (failed != 0) return socket_error("find", spec, ::gai_strerror(failed));
  std::vector<Address> result;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    result.emplace_back();
    std::memcpy(&result.back().storage, at->ai_addr, at->ai_addrlen);
    result.back().length = at->ai_addrlen;
  }
  ::freeaddrinfo(found);
  return result;
}

void settle(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

UniqueFd make_socket(const Address& address) {
  return UniqueFd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

bool connects(const UniqueFd& fd, const Address& address) {
  return fd.valid() && ::connect(fd.get(), address.get(), address.length) == 0;
}

// A socket that nobody answers at.
void remove_dead_path(const StreamNetSpec& spec, const Address& address) {
  struct stat status;
  if (spec.path.empty() || ::lstat(spec.path.c_str(), &status) != 0) return;
  if (S_ISSOCK(status.st_mode) && !connects(make_socket(address), address)) {
    ::unlink(spec.path.c_str());
  }
}

bool listens(const UniqueFd& fd, const Address& address) {
  const int on = 1;
  if (!fd.valid()) return false;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return ::bind(fd.get(), address.get(), address.length) == 0 && ::listen(fd.get(), 1) == 0;
}

}  // namespace

Result<UniqueFd> listen_stream(const StreamNetSpec& spec) {
  const auto addresses = addresses_of(spec);
  if (!addresses) return addresses.error();
  for (const Address& address : *addresses) {
    remove_dead_path(spec, address);
    UniqueFd fd = make_socket(address);
    if (!listens(fd, address)) continue;
    settle(fd.get());
    return fd;
  }
  return socket_error("listen on", spec, std::strerror(errno));
}

Result<UniqueFd> connect_stream(const StreamNetSpec& spec) {
  const auto addresses = addresses_of(spec);
  if (!addresses) return addresses.error();
  for (int tries = 0; tries < kConnectTries; ++tries) {
    for (const Address& address : *addresses) {
      UniqueFd fd = make_socket(address);
      if (!connects(fd, address)) continue;
      settle(fd.get());
      return fd;
    }
    if (errno != ECONNREFUSED && errno != ENOENT) break;
    ::usleep(kConnectPauseUs);
  }
  return socket_error("connect to", spec, std::strerror(errno));
}

UniqueFd accept_stream(const UniqueFd& listener) {
  UniqueFd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (fd.valid()) settle(fd.get());
  return fd;
}

}  // namespace vireo
