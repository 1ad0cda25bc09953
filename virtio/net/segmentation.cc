#include "virtio/net/segmentation.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "virtio/net/checksum.h"
#include "virtio/net/packet.h"

namespace vireo {
namespace {

using Segments = FrameOffload::Segments;

// Only the last segment ends what the sender had to say.
constexpr uint8_t kLastOnly = tcp_flag::kFin | tcp_flag::kPsh;

// The headers of every segment, adjusted to the n-th.
class Template {
 public:
  Template(std::span<const std::byte> frame, const IpPacket& packet, const TcpHeader& tcp, bool ecn)
      : frame_(frame), packet_(packet), tcp_(tcp), ecn_(ecn) {}

  // Builds the segment with the payload at [at, at + length) of the original.
  void build(std::vector<std::byte>& out, unsigned number, uint32_t at, uint32_t length) const {
    out.resize(tcp_.data + length);
    std::memcpy(out.data(), frame_.data(), tcp_.data);
    std::memcpy(out.data() + tcp_.data, frame_.data() + at, length);
    IpPacket packet = packet_;
    packet.end = static_cast<uint32_t>(out.size());
    fix_ip(out, packet, number);
    const bool last = at + length == packet_.end;
    fix_tcp(out, packet, at - tcp_.data, number == 0, last);
  }

 private:
  void fix_ip(std::span<std::byte> out, const IpPacket& packet, unsigned number) const {
    if (packet.v6) {
      store_be16(out, packet.ip + 4, static_cast<uint16_t>(packet.end - packet.payload));
      return;
    }
    store_be16(out, packet.ip + 2, static_cast<uint16_t>(packet.end - packet.ip));
    const uint16_t id = load_be16(frame_, packet.ip + 4);
    store_be16(out, packet.ip + 4, static_cast<uint16_t>(id + number));
    store_ipv4_checksum(out, packet);
  }

  void fix_tcp(std::span<std::byte> out, const IpPacket& packet, uint32_t sent, bool first,
               bool last) const {
    uint8_t flags = tcp_.flags;
    if (!last) flags &= static_cast<uint8_t>(~kLastOnly);
    if (!first && ecn_) flags &= static_cast<uint8_t>(~tcp_flag::kCwr);
    out[tcp_.at + 13] = std::byte{flags};
    store_be32(out, tcp_.at + 4, tcp_.sequence + sent);
    store_be16(out, tcp_.at + 16, pseudo_header_sum(out, packet, packet.end - packet.payload));
    complete_checksum(out, tcp_.at, 16);
  }

  std::span<const std::byte> frame_;
  IpPacket packet_;
  TcpHeader tcp_;
  bool ecn_;
};

}  // namespace

size_t segment_tcp(std::span<const std::byte> frame, const FrameOffload& offload,
                   std::vector<std::byte>& scratch,
                   const std::function<void(std::span<const std::byte>)>& sink) {
  const auto packet = parse_ip(frame);
  if (!packet || packet->v6 != (offload.segments == Segments::kTcp6)) return 0;
  const auto tcp = parse_tcp(frame, *packet);
  if (!tcp || offload.segment_size == 0 || packet->end != frame.size()) return 0;
  const Template segment(frame, *packet, *tcp, offload.ecn);
  unsigned count = 0;
  for (uint32_t at = tcp->data; at < packet->end; at += offload.segment_size) {
    const uint32_t length = std::min<uint32_t>(offload.segment_size, packet->end - at);
    segment.build(scratch, count, at, length);
    sink(scratch);
    ++count;
  }
  return count;
}

}  // namespace vireo
