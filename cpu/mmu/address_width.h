// How wide addresses are, and which linear addresses are canonical (SDM 1
// 3.3.7.1, SDM 3A 4.1.4).
#pragma once

#include <cstdint>

#include "cpu/cpu.h"

namespace vireo {

// MAXPHYADDR: CPUID leaf 0x80000008 says so, paging and MSRs reserve the rest.
inline constexpr unsigned kPhysicalAddressBits = 40;
inline constexpr uint64_t kPhysicalAddressMask = (uint64_t{1} << kPhysicalAddressBits) - 1;

// Whether all bits from `width` - 1 up agree.
constexpr bool sign_extended(uint64_t va, unsigned width) {
  return static_cast<uint64_t>(static_cast<int64_t>(va << (64 - width)) >> (64 - width)) == va;
}

// For what is used as an address now: accesses, targets of branches, stacks.
inline bool is_canonical(const CpuState& cpu, uint64_t va) {
  return sign_extended(va, cpu.cr4 & kCr4La57 ? 57 : 48);
}

// For bases that are kept for later (MSRs, segment and table bases, the address
// of INVPCID): a processor with 5-level paging takes 57 bits whether or not
// CR4.LA57 is set.
inline bool is_canonical_base(const Cpu& cpu, uint64_t va) {
  return sign_extended(va, cpu.has(kFeatLa57) ? 57 : 48);
}

}  // namespace vireo
