// What a -netdev asks the host room to open: plain data, texts as the user gave them.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace vireo {

// A network inside this process, with its own gateway, DHCP and name server; connections
// of the guest become sockets of this process (libslirp).
struct UserNetSpec {
  bool ipv4 = true;
  bool ipv6 = true;
  std::string net;         // "10.0.2.0/24" when empty, as all of QEMU's defaults
  std::string host;        // the gateway
  std::string dns;         // the name server
  std::string dhcp_start;  // the first address given away
  std::string hostname;
  std::string domain_name;
  std::vector<std::string> dns_search;
  std::string tftp;  // a folder
  std::string boot_file;
  bool restricted = false;                  // nothing but forwards leaves the network
  std::vector<std::string> host_forwards;   // "tcp:127.0.0.1:2222-10.0.2.15:22"
  std::vector<std::string> guest_forwards;  // "tcp:10.0.2.100:80-cmd:COMMAND"
  bool operator==(const UserNetSpec&) const = default;
};

// A network interface of the host's kernel. It must exist, or this process may make it.
struct TapSpec {
  std::string interface;
  bool operator==(const TapSpec&) const = default;
};

// Frames over a stream to another process, each behind its length in 4 bytes, big-endian.
struct StreamNetSpec {
  bool listens = false;  // waits for the other side; else connects to it
  std::string host;      // of TCP; empty: all addresses to listen on, this machine to connect to
  std::string port;
  std::string path;  // of a Unix socket; then host and port are empty
  bool operator==(const StreamNetSpec&) const = default;
};

struct NetdevSpec {
  std::string id;
  std::string option;   // "-netdev user,id=n0": begins every error
  unsigned queues = 1;  // pairs of queues that its card may have
  std::variant<UserNetSpec, TapSpec, StreamNetSpec> type;
  bool operator==(const NetdevSpec&) const = default;
};

}  // namespace vireo
