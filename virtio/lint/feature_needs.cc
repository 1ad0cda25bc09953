#include "virtio/lint/feature_needs.h"

#include "virtio/features.h"

namespace vireo {
namespace {

constexpr uint64_t bit(unsigned n) { return feature_bit(n); }

// Section 5.1.3.1: CSUM 0, GUEST_CSUM 1, GUEST_TSO4 7, GUEST_TSO6 8, GUEST_ECN 9, GUEST_UFO 10,
// HOST_TSO4 11, HOST_TSO6 12, HOST_ECN 13, HOST_UFO 14, CTRL_VQ 17, CTRL_RX 18, CTRL_VLAN 19,
// GUEST_ANNOUNCE 21, MQ 22, CTRL_MAC_ADDR 23, RSS 60.
constexpr FeatureNeed kNetNeeds[] = {
    {bit(7), bit(1)},   {bit(8), bit(1)},   {bit(9), bit(7) | bit(8)},    {bit(10), bit(1)},
    {bit(11), bit(0)},  {bit(12), bit(0)},  {bit(13), bit(11) | bit(12)}, {bit(14), bit(0)},
    {bit(18), bit(17)}, {bit(19), bit(17)}, {bit(21), bit(17)},           {bit(22), bit(17)},
    {bit(23), bit(17)}, {bit(60), bit(17)},
};

}  // namespace

std::span<const FeatureNeed> feature_needs(uint16_t type) {
  if (type == virtio_type::kNet) return kNetNeeds;
  return {};
}

}  // namespace vireo
