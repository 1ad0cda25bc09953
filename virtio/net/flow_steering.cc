#include "virtio/net/flow_steering.h"

#include "virtio/net/packet.h"

namespace vireo {

uint32_t flow_hash(std::span<const std::byte> frame) {
  const auto packet = parse_ip(frame);
  if (!packet) return 0;
  const uint32_t addresses = packet->v6 ? packet->ip + 8 : packet->ip + 12;
  uint32_t hash = packet->protocol;
  for (uint32_t at = addresses; at < packet->ip + (packet->v6 ? 40u : 20u); at += 4) {
    hash ^= load_be32(frame, at);
  }
  const bool ports = packet->protocol == kProtocolTcp || packet->protocol == kProtocolUdp;
  if (ports && !packet->fragment && packet->end >= packet->payload + 4) {
    hash ^= load_be16(frame, packet->payload) ^ load_be16(frame, packet->payload + 2);
  }
  // The middle of a product by a large odd number depends on all bits.
  return static_cast<uint32_t>(hash * uint64_t{0x9e3779b97f4a7c15} >> 32);
}

void FlowSteering::sent(std::span<const std::byte> frame, unsigned pair) {
  if (pairs_ == 1) return;
  sent_from_[flow_hash(frame) % kBuckets] = static_cast<uint8_t>(pair + 1);
}

unsigned FlowSteering::pair_of(std::span<const std::byte> frame) const {
  if (pairs_ == 1) return 0;
  const uint32_t hash = flow_hash(frame);
  const unsigned sent = sent_from_[hash % kBuckets];
  return sent != 0 && sent <= pairs_ ? sent - 1 : hash % pairs_;
}

void FlowSteering::reset() {
  pairs_ = 1;
  sent_from_.fill(0);
}

void FlowSteering::visit(Archive& archive) {
  archive.io(pairs_);
  archive.io(sent_from_);
  if (pairs_ == 0) {
    archive.fail();
    reset();
  }
}

}  // namespace vireo
