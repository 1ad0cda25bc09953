// Bits of paging-structure entries and of page-fault error codes (SDM 3A
// figures 4-4, 4-7, 4-11 and 4-12).
#pragma once

#include <cstdint>

namespace vireo {

inline constexpr uint64_t kPtePresent = 1u << 0, kPteWritable = 1u << 1, kPteUser = 1u << 2,
                          kPteAccessed = 1u << 5, kPteDirty = 1u << 6, kPteLarge = 1u << 7,
                          kPteGlobal = 1u << 8, kPteNoExecute = uint64_t{1} << 63;

inline constexpr uint32_t kFaultPresent = 1u << 0, kFaultWrite = 1u << 1, kFaultUser = 1u << 2,
                          kFaultReserved = 1u << 3, kFaultFetch = 1u << 4, kFaultKey = 1u << 5;

}  // namespace vireo
