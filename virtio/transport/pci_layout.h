// Where a virtio PCI function keeps what: BARs and offsets (the plan common images and
// tools expect; VirtIO 1.4 section 4.1.4 leaves it free).
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace vireo::virtio_pci {

inline constexpr uint16_t kVendorId = 0x1af4;

inline constexpr unsigned kLegacyBar = 0;
inline constexpr unsigned kMsixBar = 1;
inline constexpr unsigned kNotifyPortBar = 2;
inline constexpr unsigned kModernBar = 4;  // 64 bits: takes 5 as well

// Offsets within the modern memory BAR.
inline constexpr uint32_t kCommonOffset = 0x0000;
inline constexpr uint32_t kIsrOffset = 0x1000;
inline constexpr uint32_t kDeviceOffset = 0x2000;
inline constexpr uint32_t kNotifyOffset = 0x3000;

inline constexpr uint32_t kCommonLength = 64;
inline constexpr uint32_t kIsrLength = 1;
inline constexpr uint32_t kNotifyPortLength = 4;
inline constexpr uint32_t kNotifyStep = 4;           // notify_off_multiplier
inline constexpr uint32_t kNotifyPageStep = 0x1000;  // with page-per-vq

// Legacy registers in front of the device configuration.
inline constexpr uint32_t kLegacyHeader = 0x14;
inline constexpr uint32_t kLegacyHeaderMsix = 0x18;

constexpr uint32_t notify_length(unsigned queues, uint32_t step) {
  return std::max<uint32_t>(0x1000, queues * step);
}
constexpr uint64_t modern_bar_size(unsigned queues, uint32_t step) {
  return std::bit_ceil(uint64_t{kNotifyOffset} + notify_length(queues, step));
}
constexpr uint64_t legacy_bar_size(uint32_t config_size) {
  return std::bit_ceil(uint64_t{kLegacyHeaderMsix} + config_size);
}

// Capability types (section 4.1.4).
enum class CfgType : uint8_t { kCommon = 1, kNotify = 2, kIsr = 3, kDevice = 4, kPci = 5 };

}  // namespace vireo::virtio_pci
