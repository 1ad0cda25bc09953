// Feature and status bits that every virtio device shares (VirtIO 1.4 sections 2.1, 6, 6.3).
#pragma once

#include <cstdint>

namespace vireo {

constexpr uint64_t feature_bit(unsigned bit) { return uint64_t{1} << bit; }

// Bits for the ring and the transport; the low 24 bits belong to the device type.
namespace virtio_feature {
inline constexpr uint64_t kNotifyOnEmpty = feature_bit(24);  // legacy interface only
inline constexpr uint64_t kAnyLayout = feature_bit(27);      // legacy interface only
inline constexpr uint64_t kIndirectDesc = feature_bit(28);
inline constexpr uint64_t kEventIdx = feature_bit(29);
inline constexpr uint64_t kBadFeature =
    feature_bit(30);  // legacy: acked by drivers that do not negotiate
inline constexpr uint64_t kVersion1 = feature_bit(32);
inline constexpr uint64_t kAccessPlatform = feature_bit(33);
inline constexpr uint64_t kRingPacked = feature_bit(34);
inline constexpr uint64_t kInOrder = feature_bit(35);
inline constexpr uint64_t kNotificationData = feature_bit(38);
inline constexpr uint64_t kNotifConfigData = feature_bit(39);
inline constexpr uint64_t kRingReset = feature_bit(40);
}  // namespace virtio_feature

// The device status field (section 2.1).
namespace virtio_status {
inline constexpr uint8_t kAcknowledge = 1;
inline constexpr uint8_t kDriver = 2;
inline constexpr uint8_t kDriverOk = 4;
inline constexpr uint8_t kFeaturesOk = 8;
inline constexpr uint8_t kNeedsReset = 64;
inline constexpr uint8_t kFailed = 128;
}  // namespace virtio_status

// Device type ids (section 5).
namespace virtio_type {
inline constexpr uint16_t kNet = 1;
inline constexpr uint16_t kBlock = 2;
inline constexpr uint16_t kConsole = 3;
inline constexpr uint16_t kEntropy = 4;
inline constexpr uint16_t kBalloon = 5;
inline constexpr uint16_t kScsi = 8;
inline constexpr uint16_t k9p = 9;
inline constexpr uint16_t kGpu = 16;
inline constexpr uint16_t kInput = 18;
inline constexpr uint16_t kVsock = 19;
}  // namespace virtio_type

}  // namespace vireo
