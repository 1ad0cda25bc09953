#include "virtio/feature_names.h"

#include <span>

#include "virtio/features.h"

namespace vireo {
namespace {

struct FeatureName {
  unsigned bit;
  std::string_view name;
};

constexpr FeatureName kCommon[] = {
    {24, "NOTIFY_ON_EMPTY"}, {27, "ANY_LAYOUT"},        {28, "INDIRECT_DESC"},
    {29, "EVENT_IDX"},       {32, "VERSION_1"},         {33, "ACCESS_PLATFORM"},
    {34, "RING_PACKED"},     {35, "IN_ORDER"},          {36, "ORDER_PLATFORM"},
    {37, "SR_IOV"},          {38, "NOTIFICATION_DATA"}, {39, "NOTIF_CONFIG_DATA"},
    {40, "RING_RESET"},      {41, "ADMIN_VQ"}};

constexpr FeatureName kNet[] = {{0, "CSUM"},
                                {1, "GUEST_CSUM"},
                                {2, "CTRL_GUEST_OFFLOADS"},
                                {3, "MTU"},
                                {5, "MAC"},
                                {6, "GSO"},
                                {7, "GUEST_TSO4"},
                                {8, "GUEST_TSO6"},
                                {9, "GUEST_ECN"},
                                {10, "GUEST_UFO"},
                                {11, "HOST_TSO4"},
                                {12, "HOST_TSO6"},
                                {13, "HOST_ECN"},
                                {14, "HOST_UFO"},
                                {15, "MRG_RXBUF"},
                                {16, "STATUS"},
                                {17, "CTRL_VQ"},
                                {18, "CTRL_RX"},
                                {19, "CTRL_VLAN"},
                                {20, "CTRL_RX_EXTRA"},
                                {21, "GUEST_ANNOUNCE"},
                                {22, "MQ"},
                                {23, "CTRL_MAC_ADDR"},
                                {50, "DEVICE_STATS"},
                                {51, "HASH_TUNNEL"},
                                {52, "VQ_NOTF_COAL"},
                                {53, "NOTF_COAL"},
                                {54, "GUEST_USO4"},
                                {55, "GUEST_USO6"},
                                {56, "HOST_USO"},
                                {57, "HASH_REPORT"},
                                {59, "GUEST_HDRLEN"},
                                {60, "RSS"},
                                {61, "RSC_EXT"},
                                {62, "STANDBY"},
                                {63, "SPEED_DUPLEX"}};

constexpr FeatureName kBlock[] = {
    {0, "BARRIER"},  {1, "SIZE_MAX"}, {2, "SEG_MAX"},       {4, "GEOMETRY"},  {5, "RO"},
    {6, "BLK_SIZE"}, {7, "SCSI"},     {9, "FLUSH"},         {10, "TOPOLOGY"}, {11, "CONFIG_WCE"},
    {12, "MQ"},      {13, "DISCARD"}, {14, "WRITE_ZEROES"}, {15, "LIFETIME"}, {16, "SECURE_ERASE"},
    {17, "ZONED"}};

constexpr FeatureName kConsole[] = {{0, "SIZE"}, {1, "MULTIPORT"}, {2, "EMERG_WRITE"}};

constexpr FeatureName kBalloon[] = {{0, "MUST_TELL_HOST"}, {1, "STATS_VQ"},
                                    {2, "DEFLATE_ON_OOM"}, {3, "FREE_PAGE_HINT"},
                                    {4, "PAGE_POISON"},    {5, "PAGE_REPORTING"}};

constexpr FeatureName k9pNames[] = {{0, "MOUNT_TAG"}};

constexpr FeatureName kGpuNames[] = {
    {0, "VIRGL"}, {1, "EDID"}, {2, "RESOURCE_UUID"}, {3, "RESOURCE_BLOB"}, {4, "CONTEXT_INIT"}};

constexpr FeatureName kVsockNames[] = {{0, "STREAM"}, {1, "SEQPACKET"}, {2, "NO_IMPLIED_STREAM"}};

std::span<const FeatureName> names_of(uint16_t device_type) {
  switch (device_type) {
    case virtio_type::kNet:
      return kNet;
    case virtio_type::kBlock:
      return kBlock;
    case virtio_type::kConsole:
      return kConsole;
    case virtio_type::kBalloon:
      return kBalloon;
    case virtio_type::k9p:
      return k9pNames;
    case virtio_type::kGpu:
      return kGpuNames;
    case virtio_type::kVsock:
      return kVsockNames;
    default:
      return {};
  }
}

std::string_view find(std::span<const FeatureName> names, unsigned bit) {
  for (const FeatureName& known : names) {
    if (known.bit == bit) return known.name;
  }
  return {};
}

}  // namespace

std::string_view virtio_feature_name(uint16_t device_type, unsigned bit) {
  const std::string_view own = find(names_of(device_type), bit);
  return own.empty() ? find(kCommon, bit) : own;
}

}  // namespace vireo
