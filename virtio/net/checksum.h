// The Internet checksum (RFC 1071) and what frames need it for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "virtio/net/packet.h"

namespace vireo {

// The folded one's complement sum of big-endian 16-bit words, not inverted; an odd last
// byte counts as a word's first. `start` continues an earlier sum over an even length.
uint16_t ones_sum(std::span<const std::byte> bytes, uint32_t start = 0);

// The sum over the pseudo header of TCP or UDP (RFC 9293 section 3.1, RFC 8200 section
// 8.1) for a payload of `length` bytes.
uint16_t pseudo_header_sum(std::span<const std::byte> frame, const IpPacket& packet,
                           uint32_t length);

// Stores the sum over everything from `start` on at start + offset, where the pseudo
// header's sum stands (VirtIO 1.4 section 5.1.9.2.2). False, changing nothing, when the
// place is not inside the frame.
bool complete_checksum(std::span<std::byte> frame, uint32_t start, uint32_t offset);

// Renews the checksum of an IPv4 header.
void store_ipv4_checksum(std::span<std::byte> frame, const IpPacket& packet);

// Whether the checksums of an IP packet with TCP inside are right.
bool tcp_checksums_good(std::span<const std::byte> frame, const IpPacket& packet);

}  // namespace vireo
