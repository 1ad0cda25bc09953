#include "machine/host/socket_connection.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "machine/host/fd_io.h"

namespace vireo {
namespace {

UniqueFd new_socket(int family) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  // Small writes of a console should not wait for more; local sockets do not know the option.
  if (fd.valid()) (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

const char* unix_path(const SocketAddress& address) {
  return reinterpret_cast<const sockaddr_un*>(&address.bytes)->sun_path;
}

// A file that a server left behind when it was killed would keep the next one from starting.
Result<void> remove_stale(const SocketAddress& address, const std::string& name) {
  if (address.bytes.ss_family != AF_UNIX) return {};
  struct stat status;
  if (::lstat(unix_path(address), &status) != 0 || !S_ISSOCK(status.st_mode)) return {};
  const UniqueFd probe = begin_connection(address);
  if (probe.valid() && connection_state(probe.get()) == ConnectionState::kConnected) {
    return Error{fmt::format("{}: another process listens there; choose another path", name)};
  }
  ::unlink(unix_path(address));
  return {};
}

}  // namespace

Result<SocketAddress> unix_address(const std::string& path) {
  SocketAddress address;
  auto& local = reinterpret_cast<sockaddr_un&>(address.bytes);
  if (path.empty() || path.size() >= sizeof local.sun_path) {
    return Error{
        fmt::format("unix:{}: a path of 1 to {} bytes is needed", path, sizeof local.sun_path - 1)};
  }
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, path.c_str(), path.size() + 1);
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

Result<std::vector<SocketAddress>> tcp_addresses(const std::string& host, const std::string& port,
                                                 bool server) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = server ? AI_PASSIVE : 0;
  addrinfo* found = nullptr;
  const int failed =
      ::getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &found);
  if (failed != 0) {
    return Error{
        fmt::format("tcp:{}:{}: {}; give host and port", host, port, ::gai_strerror(failed))};
  }
  std::vector<SocketAddress> addresses;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    SocketAddress& address = addresses.emplace_back();
    std::memcpy(&address.bytes, at->ai_addr, at->ai_addrlen);
    address.size = at->ai_addrlen;
  }
  ::freeaddrinfo(found);
  return addresses;
}

Result<UniqueFd> listen_on(const std::vector<SocketAddress>& addresses, const std::string& name) {
  for (const SocketAddress& address : addresses) {
    if (auto free = remove_stale(address, name); !free) return free.error();
    UniqueFd fd = new_socket(address.bytes.ss_family);
    if (!fd.valid()) continue;
    const int on = 1;
    (void)::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd.get(), address.get(), address.size) != 0) continue;
    if (::listen(fd.get(), 1) == 0) return fd;
  }
  return errno_error("listen on", name, "choose another address");
}

UniqueFd accept_connection(int listener) {
  return UniqueFd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

UniqueFd begin_connection(const SocketAddress& address) {
  UniqueFd fd = new_socket(address.bytes.ss_family);
  if (!fd.valid()) return {};
  if (::connect(fd.get(), address.get(), address.size) != 0 && errno != EINPROGRESS) return {};
  return fd;
}

ConnectionState connection_state(int fd) {
  pollfd room = {fd, POLLOUT, 0};
  if (::poll(&room, 1, 0) <= 0) return ConnectionState::kPending;
  int error = 0;
  socklen_t size = sizeof error;
  const bool known = ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0;
  return known && error == 0 ? ConnectionState::kConnected : ConnectionState::kFailed;
}

uint16_t bound_port(int fd) {
  SocketAddress address;
  address.size = sizeof address.bytes;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address.bytes), &address.size) != 0) return 0;
  switch (address.bytes.ss_family) {
    case AF_INET:
      return ntohs(reinterpret_cast<const sockaddr_in&>(address.bytes).sin_port);
    case AF_INET6:
      return ntohs(reinterpret_cast<const sockaddr_in6&>(address.bytes).sin6_port);
    default:
      return 0;
  }
}

}  // namespace vireo
