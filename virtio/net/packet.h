// What offloads and steering need to know of a frame: where its IP and TCP headers are
// (RFC 791, RFC 8200, RFC 9293; IEEE 802.1Q tags).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace vireo {

// Big-endian fields of a frame. The caller has checked the bounds.
uint16_t load_be16(std::span<const std::byte> bytes, size_t at);
uint32_t load_be32(std::span<const std::byte> bytes, size_t at);
void store_be16(std::span<std::byte> bytes, size_t at, uint16_t value);
void store_be32(std::span<std::byte> bytes, size_t at, uint32_t value);

// A frame that holds an IP packet. All offsets are inside the frame, and so is the whole
// IP header.
struct IpPacket {
  bool v6 = false;
  uint32_t ip = 0;        // offset of the IP header
  uint32_t payload = 0;   // offset of what follows it
  uint32_t end = 0;       // offset behind the packet; the frame may go on with padding
  uint8_t protocol = 0;   // of the payload
  bool fragment = false;  // the payload is a part of something larger
  bool options = false;   // IPv4 options
};
inline constexpr uint8_t kProtocolTcp = 6;
inline constexpr uint8_t kProtocolUdp = 17;

// Behind at most two VLAN tags. IPv6 extension headers are not followed: they are then
// the payload. Nothing for other protocols and for headers that contradict the frame.
std::optional<IpPacket> parse_ip(std::span<const std::byte> frame);

// The TCP header of an IP packet; data offset and flags as in RFC 9293.
struct TcpHeader {
  uint32_t at = 0;    // offset of the header
  uint32_t data = 0;  // offset behind header and options
  uint8_t flags = 0;
  uint32_t sequence = 0;
};
namespace tcp_flag {
inline constexpr uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10,
                         kUrg = 0x20, kEce = 0x40, kCwr = 0x80;
}

// Nothing when the packet is not TCP, is a fragment, or too short.
std::optional<TcpHeader> parse_tcp(std::span<const std::byte> frame, const IpPacket& packet);

// The VLAN id of a tagged frame (the outer one), or nothing.
std::optional<uint16_t> vlan_of(std::span<const std::byte> frame);

}  // namespace vireo
