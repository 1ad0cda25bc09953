#include "virtio/net/packet.h"

#include "machine/base/net_backend.h"

namespace vireo {
namespace {

constexpr uint16_t kEtherIpv4 = 0x0800;
constexpr uint16_t kEtherIpv6 = 0x86dd;
constexpr uint16_t kEtherVlan = 0x8100;
constexpr uint16_t kEtherServiceVlan = 0x88a8;
constexpr uint32_t kIpv4Header = 20;
constexpr uint32_t kIpv6Header = 40;
constexpr uint32_t kTcpHeader = 20;

bool is_vlan(uint16_t ether_type) {
  return ether_type == kEtherVlan || ether_type == kEtherServiceVlan;
}

uint8_t byte_at(std::span<const std::byte> bytes, size_t at) {
  return static_cast<uint8_t>(bytes[at]);
}

std::optional<IpPacket> parse_ipv4(std::span<const std::byte> frame, uint32_t at) {
  if (frame.size() < at + kIpv4Header || byte_at(frame, at) >> 4 != 4) return std::nullopt;
  const uint32_t header = (byte_at(frame, at) & 15u) * 4;
  const uint32_t total = load_be16(frame, at + 2);
  if (header < kIpv4Header || total < header || frame.size() < at + total) return std::nullopt;
  return IpPacket{.v6 = false,
                  .ip = at,
                  .payload = at + header,
                  .end = at + total,
                  .protocol = byte_at(frame, at + 9),
                  .fragment = (load_be16(frame, at + 6) & 0x3fff) != 0,
                  .options = header != kIpv4Header};
}

std::optional<IpPacket> parse_ipv6(std::span<const std::byte> frame, uint32_t at) {
  if (frame.size() < at + kIpv6Header || byte_at(frame, at) >> 4 != 6) return std::nullopt;
  const uint32_t end = at + kIpv6Header + load_be16(frame, at + 4);
  if (frame.size() < end) return std::nullopt;
  return IpPacket{.v6 = true,
                  .ip = at,
                  .payload = at + kIpv6Header,
                  .end = end,
                  .protocol = byte_at(frame, at + 6)};
}

}  // namespace

uint16_t load_be16(std::span<const std::byte> bytes, size_t at) {
  return static_cast<uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

uint32_t load_be32(std::span<const std::byte> bytes, size_t at) {
  return uint32_t{load_be16(bytes, at)} << 16 | load_be16(bytes, at + 2);
}

void store_be16(std::span<std::byte> bytes, size_t at, uint16_t value) {
  bytes[at] = static_cast<std::byte>(value >> 8);
  bytes[at + 1] = static_cast<std::byte>(value);
}

void store_be32(std::span<std::byte> bytes, size_t at, uint32_t value) {
  store_be16(bytes, at, static_cast<uint16_t>(value >> 16));
  store_be16(bytes, at + 2, static_cast<uint16_t>(value));
}

std::optional<IpPacket> parse_ip(std::span<const std::byte> frame) {
  uint32_t type_at = 12;
  for (int tags = 0; frame.size() >= type_at + 2; ++tags) {
    const uint16_t type = load_be16(frame, type_at);
    if (type == kEtherIpv4) return parse_ipv4(frame, type_at + 2);
    if (type == kEtherIpv6) return parse_ipv6(frame, type_at + 2);
    if (!is_vlan(type) || tags == 2) return std::nullopt;
    type_at += 4;
  }
  return std::nullopt;
}

std::optional<TcpHeader> parse_tcp(std::span<const std::byte> frame, const IpPacket& packet) {
  const uint32_t at = packet.payload;
  if (packet.protocol != kProtocolTcp || packet.fragment || packet.end < at + kTcpHeader) {
    return std::nullopt;
  }
  const uint32_t header = (byte_at(frame, at + 12) >> 4) * 4u;
  if (header < kTcpHeader || packet.end < at + header) return std::nullopt;
  return TcpHeader{at, at + header, byte_at(frame, at + 13), load_be32(frame, at + 4)};
}

std::optional<uint16_t> vlan_of(std::span<const std::byte> frame) {
  if (frame.size() < kEthernetHeader + 4 || !is_vlan(load_be16(frame, 12))) return std::nullopt;
  return static_cast<uint16_t>(load_be16(frame, 14) & 0xfff);
}

}  // namespace vireo
