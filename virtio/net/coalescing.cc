#include "virtio/net/coalescing.h"

#include <algorithm>

#include "virtio/net/checksum.h"
#include "virtio/net/packet.h"

namespace vireo {
namespace {

using Segments = FrameOffload::Segments;
using Bytes = std::span<const std::byte>;

// A TCP segment with payload that fills its frame.
struct Segment {
  IpPacket ip;
  TcpHeader tcp;
  uint32_t payload() const { return ip.end - tcp.data; }
};

std::optional<Segment> parse_segment(Bytes frame) {
  const auto ip = parse_ip(frame);
  if (!ip || ip->options || ip->end != frame.size()) return std::nullopt;
  const auto tcp = parse_tcp(frame, *ip);
  if (!tcp || tcp->data == ip->end) return std::nullopt;
  return Segment{*ip, *tcp};
}

bool same(Bytes a, Bytes b, uint32_t from, uint32_t to) {
  return std::equal(a.begin() + from, a.begin() + to, b.begin() + from);
}

// Type of service, fragmentation, TTL and addresses; traffic class, flow, hops and
// addresses.
bool same_ip(Bytes a, Bytes b, const IpPacket& packet) {
  const uint32_t ip = packet.ip;
  if (packet.v6) return same(a, b, ip, ip + 4) && same(a, b, ip + 6, ip + 40);
  return same(a, b, ip, ip + 2) && same(a, b, ip + 6, ip + 10) && same(a, b, ip + 12, ip + 20);
}

// Ports, acknowledgement, data offset, window and options.
bool same_tcp(Bytes a, Bytes b, const TcpHeader& tcp) {
  const uint32_t at = tcp.at;
  return same(a, b, at, at + 4) && same(a, b, at + 8, at + 13) && same(a, b, at + 14, at + 16) &&
         same(a, b, at + 20, tcp.data);
}

bool same_headers(Bytes a, Bytes b, const Segment& first, const Segment& next) {
  return first.ip.ip == next.ip.ip && first.ip.v6 == next.ip.v6 &&
         first.tcp.data == next.tcp.data && same(a, b, 0, first.ip.ip) && same_ip(a, b, first.ip) &&
         same_tcp(a, b, first.tcp);
}

// A segment that ends in PSH or is shorter than the ones before it was the last.
bool may_grow(const WaitingFrame& frame, const Segment& segment) {
  if (segment.tcp.flags != tcp_flag::kAck) return false;
  if (frame.offload.segments == Segments::kNone) return !frame.offload.needs_checksum;
  return segment.payload() % frame.offload.segment_size == 0;
}

bool trusted(Bytes frame, const FrameOffload& offload, const IpPacket& packet) {
  return offload.checksum_valid || tcp_checksums_good(frame, packet);
}

// One frame becomes the first of several.
void begin(WaitingFrame& frame, const Segment& segment) {
  FrameOffload& offload = frame.offload;
  offload.segments = segment.ip.v6 ? Segments::kTcp6 : Segments::kTcp4;
  offload.segment_size = static_cast<uint16_t>(segment.payload());
  offload.header_length = static_cast<uint16_t>(segment.tcp.data);
  offload.needs_checksum = true;
  offload.checksum_start = static_cast<uint16_t>(segment.tcp.at);
  offload.checksum_offset = 16;
  offload.checksum_valid = false;
}

void append(WaitingFrame& frame, const Segment& first, Bytes payload, uint8_t flags) {
  frame.bytes.insert(frame.bytes.end(), payload.begin(), payload.end());
  const std::span<std::byte> bytes = frame.bytes;
  IpPacket packet = first.ip;
  packet.end = static_cast<uint32_t>(bytes.size());
  if (packet.v6) {
    store_be16(bytes, packet.ip + 4, static_cast<uint16_t>(packet.end - packet.payload));
  } else {
    store_be16(bytes, packet.ip + 2, static_cast<uint16_t>(packet.end - packet.ip));
    store_ipv4_checksum(bytes, packet);
  }
  bytes[first.tcp.at + 13] |= std::byte{flags};
  store_be16(bytes, first.tcp.at + 16,
             pseudo_header_sum(bytes, packet, packet.end - packet.payload));
}

}  // namespace

bool coalesce_tcp(WaitingFrame& first, const NetFrame& next) {
  if (next.offload.needs_checksum || next.offload.segments != Segments::kNone) return false;
  const auto head = parse_segment(first.bytes);
  if (!head || !may_grow(first, *head)) return false;
  const auto tail = parse_segment(next.bytes);
  if (!tail || (tail->tcp.flags & ~tcp_flag::kPsh) != tcp_flag::kAck) return false;
  const bool started = first.offload.segments != Segments::kNone;
  const uint32_t size = started ? first.offload.segment_size : head->payload();
  if (tail->payload() > size || head->ip.end - head->ip.ip + tail->payload() > UINT16_MAX) {
    return false;
  }
  if (tail->tcp.sequence != head->tcp.sequence + head->payload() ||
      !same_headers(first.bytes, next.bytes, *head, *tail)) {
    return false;
  }
  if (!trusted(next.bytes, next.offload, tail->ip)) return false;
  if (!started && !trusted(first.bytes, first.offload, head->ip)) return false;
  if (!started) begin(first, *head);
  append(first, *head, next.bytes.subspan(tail->tcp.data), tail->tcp.flags);
  return true;
}

}  // namespace vireo
