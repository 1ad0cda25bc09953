// Internet addresses as users write them.
#pragma once

#include <netinet/in.h>

#include <optional>
#include <string>
#include <string_view>

namespace vireo {

// "10.0.2.2"; in network byte order.
std::optional<in_addr> parse_ipv4_address(std::string_view text);
// 1 to 65535.
std::optional<uint16_t> parse_port(std::string_view text);

// "10.0.2.0/24", "10.0.2.0/255.255.255.0" or "10.0.2.0", which takes the class's mask.
struct Ipv4Network {
  in_addr address;
  in_addr mask;
};
std::optional<Ipv4Network> parse_ipv4_network(std::string_view text);

// An address and a port, either of which may be missing.
struct Endpoint {
  in_addr address{};  // 0.0.0.0
  uint16_t port = 0;
};
// "ADDRESS:PORT", ":PORT".
std::optional<Endpoint> parse_endpoint(std::string_view text);

}  // namespace vireo
