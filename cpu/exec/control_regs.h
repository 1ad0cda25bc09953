// What CR0 and CR4 may hold (SDM 3A 2.5), for all that loads them.
#pragma once

#include <cstdint>

#include "cpu/cpu.h"

namespace vireo {

// No reserved upper half, and none of the combinations that raise #GP(0).
constexpr bool cr0_legal(uint64_t value) {
  const bool caching = (value & kCr0Cd) || !(value & kCr0Nw);
  const bool paging = (value & kCr0Pe) || !(value & kCr0Pg);
  return value >> 32 == 0 && caching && paging;
}

// The bits of CR4 that this processor has.
uint64_t known_cr4(const Cpu& cpu);

}  // namespace vireo
