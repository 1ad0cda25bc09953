#include "virtio/net/checksum.h"

#include <bit>
#include <cstring>

namespace vireo {
namespace {

uint16_t fold(uint64_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

uint16_t swap_bytes(uint16_t value) { return static_cast<uint16_t>(value << 8 | value >> 8); }

}  // namespace

// The sum does not care about byte order but for a swap at the end (RFC 1071 section 2),
// so the host's 32-bit words do.
uint16_t ones_sum(std::span<const std::byte> bytes, uint32_t start) {
  static_assert(std::endian::native == std::endian::little);
  uint64_t sum = 0;
  size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    uint32_t word;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    sum += word;
  }
  if (at < bytes.size()) {
    uint32_t word = 0;
    std::memcpy(&word, bytes.data() + at, bytes.size() - at);
    sum += word;
  }
  return fold(uint64_t{swap_bytes(fold(sum))} + start);
}

uint16_t pseudo_header_sum(std::span<const std::byte> frame, const IpPacket& packet,
                           uint32_t length) {
  const auto addresses =
      packet.v6 ? frame.subspan(packet.ip + 8, 32) : frame.subspan(packet.ip + 12, 8);
  return ones_sum(addresses, (length >> 16) + (length & 0xffff) + packet.protocol);
}

bool complete_checksum(std::span<std::byte> frame, uint32_t start, uint32_t offset) {
  if (start > frame.size() || frame.size() - start < offset + uint64_t{2}) return false;
  const auto sum = static_cast<uint16_t>(~ones_sum(frame.subspan(start)));
  // All zeros would mean "no checksum" to UDP; the other zero means the same sum.
  store_be16(frame, start + offset, sum == 0 ? 0xffff : sum);
  return true;
}

void store_ipv4_checksum(std::span<std::byte> frame, const IpPacket& packet) {
  store_be16(frame, packet.ip + 10, 0);
  const auto header = frame.subspan(packet.ip, packet.payload - packet.ip);
  store_be16(frame, packet.ip + 10, static_cast<uint16_t>(~ones_sum(header)));
}

bool tcp_checksums_good(std::span<const std::byte> frame, const IpPacket& packet) {
  const auto header = frame.subspan(packet.ip, packet.payload - packet.ip);
  if (!packet.v6 && ones_sum(header) != 0xffff) return false;
  const uint32_t length = packet.end - packet.payload;
  return ones_sum(frame.subspan(packet.payload, length),
                  pseudo_header_sum(frame, packet, length)) == 0xffff;
}

}  // namespace vireo
