#include "machine/host/inet_text.h"

#include <arpa/inet.h>

#include "machine/base/option_parser.h"

namespace vireo {
namespace {

in_addr mask_of(unsigned bits) { return {htonl(bits == 0 ? 0 : UINT32_MAX << (32 - bits))}; }

// Before masks were written down (RFC 791).
unsigned class_bits(in_addr address) {
  const uint32_t host = ntohl(address.s_addr);
  if (host >> 31 == 0) return 8;
  return host >> 30 == 2 ? 16 : 24;
}

}  // namespace

std::optional<in_addr> parse_ipv4_address(std::string_view text) {
  in_addr address;
  if (::inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return address;
}

std::optional<uint16_t> parse_port(std::string_view text) {
  const auto number = parse_number(text);
  if (!number || *number == 0 || *number > 65535) return std::nullopt;
  return static_cast<uint16_t>(*number);
}

std::optional<Ipv4Network> parse_ipv4_network(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = parse_ipv4_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Ipv4Network{*address, mask_of(class_bits(*address))};
  const std::string_view rest = text.substr(slash + 1);
  if (const auto mask = parse_ipv4_address(rest)) return Ipv4Network{*address, *mask};
  const auto bits = parse_number(rest);
  if (!bits || *bits > 32) return std::nullopt;
  return Ipv4Network{*address, mask_of(static_cast<unsigned>(*bits))};
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Endpoint endpoint;
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return std::nullopt;
  endpoint.port = *port;
  if (colon == 0) return endpoint;
  const auto address = parse_ipv4_address(text.substr(0, colon));
  if (!address) return std::nullopt;
  endpoint.address = *address;
  return endpoint;
}

}  // namespace vireo
