// Stream sockets, local and TCP: where one listens or connects to, without ever blocking.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

#include "machine/base/result.h"
#include "machine/host/unique_fd.h"

namespace vireo {

// An address that a socket can be bound or connected to.
struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }
};

// A path of a local socket; too long a one is an error that says how long it may be.
Result<SocketAddress> unix_address(const std::string& path);
// What a host and a port mean, in order of preference; the name is looked up now. An empty
// host is every address of this machine for a server, its loopback address for a client.
Result<std::vector<SocketAddress>> tcp_addresses(const std::string& host, const std::string& port,
                                                 bool server);

// A socket that listens, for accept_connection(). A local socket's file that nobody answers on
// any more is replaced; one in use is an error. `name` names it there.
Result<UniqueFd> listen_on(const std::vector<SocketAddress>& addresses, const std::string& name);
// The next connection that waits, non-blocking, or an invalid descriptor.
UniqueFd accept_connection(int listener);

// A connection under way: invalid when refused at once. Ask connection_state() later.
UniqueFd begin_connection(const SocketAddress& address);
enum class ConnectionState : uint8_t { kPending, kConnected, kFailed };
ConnectionState connection_state(int fd);

// The port a TCP socket is bound to; 0 for other kinds.
uint16_t bound_port(int fd);

}  // namespace vireo
