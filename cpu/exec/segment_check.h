// Checks of limit and type at each access through a segment of a legacy mode
// (SDM 3A 5.3, 5.5).
//
// Most accesses need none: CpuState::seg_plain says below which offset anything
// may be done. For the others the address computation, which knows neither the
// size nor the kind of the access, marks the linear address as unsettled. Such
// an address is in no TLB, so that the access takes its slow path, where both
// are known, and is checked there.
#pragma once

#include <cstdint>

#include "cpu/exec/access.h"

namespace vireo {

inline constexpr uint64_t kUnsettled = uint64_t{1} << 62;

// 64-bit mode has no such addresses, but addresses with that bit. In legacy modes
// what lies behind the first bytes of an operand may also be past 4 GiB.
inline bool unsettled(const Cpu& cpu, uint64_t va) {
  return VIREO_UNLIKELY(cpu.code_mode != CodeMode::k64) && va >> 32 != 0;
}
inline uint64_t unsettled_address(uint8_t segment, uint32_t linear) {
  return kUnsettled | static_cast<uint64_t>(segment) << 40 | linear;
}

// Whether the segment register may be used so; what lies beyond the limit is
// another question.
bool segment_allows(const Cpu& cpu, const Segment& segment, Access access);

// Checks an access of `size` bytes, after which `va` is plain; past 4 GiB it goes on
// at 0. False: #GP(0) or #SS(0) is pending.
bool settle_address(Cpu& cpu, uint64_t& va, unsigned size, Access access);
inline bool settle(Cpu& cpu, uint64_t& va, unsigned size, Access access) {
  return VIREO_LIKELY(!unsettled(cpu, va)) || settle_address(cpu, va, size, access);
}

// The value of CpuState::seg_plain for a segment register.
uint64_t plain_offsets(const Cpu& cpu, const Segment& segment);

}  // namespace vireo
