// The XSAVE area: which state components there are and where each lies (SDM 1
// 13.4). What XSAVE writes and what CPUID tells both come from here.
#pragma once

#include <cstdint>

#include "cpu/cpu_model.h"

namespace vireo {

// Bits of XCR0, XSTATE_BV and the like (SDM 1 13.1).
inline constexpr uint64_t kXsaveX87 = 1u << 0, kXsaveSse = 1u << 1, kXsaveAvx = 1u << 2,
                          kXsavePkru = 1u << 9;

inline constexpr unsigned kXsaveLegacyBytes = 512, kXsaveHeaderBytes = 64;
inline constexpr unsigned kXsaveFixedBytes = kXsaveLegacyBytes + kXsaveHeaderBytes;

// A component behind the header; size 0: there is none of that number.
struct XsaveComponent {
  unsigned size = 0;
  unsigned offset = 0;  // in the standard form
};
XsaveComponent xsave_component(const CpuModel& model, unsigned number);

// What XCR0 may have set.
uint64_t xsave_components(const CpuModel& model);

// Where component `number` lies in the compacted form with the components `bits`.
unsigned xsave_compact_offset(const CpuModel& model, uint64_t bits, unsigned number);

// Bytes of an area that holds the components `bits`.
unsigned xsave_standard_size(const CpuModel& model, uint64_t bits);
unsigned xsave_compact_size(const CpuModel& model, uint64_t bits);

// CPUID leaf 0xd (SDM 2A table 3-8), except for the features in subleaf 1 EAX.
CpuidResult xsave_leaf(const CpuModel& model, uint32_t subleaf, uint64_t xcr0);

}  // namespace vireo
