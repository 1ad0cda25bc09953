// The flags of a descriptor, split and packed alike (VirtIO 1.4 sections 2.7.5 and 2.8.13).
#pragma once

#include <cstdint>

namespace vireo::descriptor_flag {

inline constexpr uint16_t kNext = 1;
inline constexpr uint16_t kWrite = 2;
inline constexpr uint16_t kIndirect = 4;
// Packed rings only.
inline constexpr uint16_t kAvail = 1 << 7;
inline constexpr uint16_t kUsed = 1 << 15;

}  // namespace vireo::descriptor_flag
