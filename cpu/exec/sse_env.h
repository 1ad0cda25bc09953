// The floating-point environment of the host while guest code runs (SDM 1,
// 10.2.3 "MXCSR").
//
// Between enter_guest_fp() and leave_guest_fp() the host's MXCSR holds the
// guest's rounding mode, FTZ and DAZ with all exceptions masked, and gathers the
// guest's sticky flags. Handlers of arithmetic are then plain host instructions
// while the guest masks everything too; otherwise they take apply_checked().
#pragma once

#include <cstdint>

#include "cpu/cpu.h"
#include "cpu/state/cpu_state.h"

#if !defined(__x86_64__)
#error "the vector and x87 handlers compute with the host's own SSE2 and x87 units: x86-64 only"
#endif

namespace vireo {

inline constexpr uint32_t kMxcsrFlags = 0x3f;          // IE DE ZE OE UE PE
inline constexpr uint32_t kMxcsrIe = 1, kMxcsrDe = 2, kMxcsrZe = 4, kMxcsrOe = 8, kMxcsrUe = 16,
                          kMxcsrPe = 32;
inline constexpr uint32_t kMxcsrDaz = 1u << 6, kMxcsrMasks = 0x1f80, kMxcsrFtz = 1u << 15;
inline constexpr unsigned kMxcsrMaskShift = 7, kMxcsrRoundShift = 13;
inline constexpr uint32_t kMxcsrDefault = 0x1f80;
inline constexpr uint32_t kMxcsrWritable = 0xffff;     // MXCSR_MASK of FXSAVE

// The host's register. Barriers: no memory or floating-point operation of ours
// moves across.
inline uint32_t host_mxcsr() {
  uint32_t value;
  asm volatile("stmxcsr %0" : "=m"(value) : : "memory");
  return value;
}
inline void set_host_mxcsr(uint32_t value) {
  asm volatile("ldmxcsr %0" : : "m"(value) : "memory");
}

// Around guest execution: the run loop calls them at the start and end of a run.
inline void load_guest_mxcsr(Cpu& cpu) { set_host_mxcsr(cpu.mxcsr | kMxcsrMasks); }
inline void enter_guest_fp(Cpu& cpu) {
  load_guest_mxcsr(cpu);
  asm volatile("fnclex");  // see x87_host.h on flags
}
// Brings cpu.mxcsr up to date. Call before anything looks at it during a run.
inline void collect_mxcsr(Cpu& cpu) { cpu.mxcsr |= host_mxcsr() & kMxcsrFlags; }
inline void leave_guest_fp(Cpu& cpu) {
  collect_mxcsr(cpu);
  set_host_mxcsr(kMxcsrDefault);
}
// The guest loaded `value` (LDMXCSR, FXRSTOR).
inline void load_mxcsr(Cpu& cpu, uint32_t value) {
  cpu.mxcsr = value;
  load_guest_mxcsr(cpu);
}

// For work of others within a run, as device models do: their floating-point
// operations neither see the guest's modes nor leave flags in its MXCSR.
class HostFpScope {
 public:
  explicit HostFpScope(Cpu& cpu) : cpu_(cpu) { leave_guest_fp(cpu_); }
  ~HostFpScope() { enter_guest_fp(cpu_); }
  HostFpScope(const HostFpScope&) = delete;
  HostFpScope& operator=(const HostFpScope&) = delete;

 private:
  Cpu& cpu_;
};

// --- gates (SDM 3A table 13-1, 2.5), checked at run time because the bits can
// change between two runs of one block ---

inline bool sse_ready(const Cpu& cpu) {
  return ((cpu.cr0 & (kCr0Em | kCr0Ts)) | (~cpu.cr4 & kCr4Osfxsr)) == 0;
}
// #UD or #NM.
Status raise_sse_unavailable(Cpu& cpu);

// AVX (SDM 2A table 2-14): CR4.OSXSAVE, and XCR0 with SSE and AVX state.
inline constexpr uint64_t kXcr0Avx = 6;
inline bool avx_ready(const Cpu& cpu) {
  return ((cpu.cr0 & kCr0Ts) | (~cpu.cr4 & kCr4Osxsave) | (~cpu.xcr0 & kXcr0Avx)) == 0;
}
// #UD or #NM.
Status raise_avx_unavailable(Cpu& cpu);

// MMX: EM and TS, and no x87 exception may be pending. bit 7 of the status: ES.
inline bool mmx_ready(const Cpu& cpu) {
  return ((cpu.cr0 & (kCr0Em | kCr0Ts)) | (cpu.x87.status & 0x80)) == 0;
}
// #UD, #NM or #MF; kOk when an exception is pending that CR0.NE keeps away from
// the processor.
Status check_mmx(Cpu& cpu);

inline bool all_masked(const Cpu& cpu) { return (cpu.mxcsr & kMxcsrMasks) == kMxcsrMasks; }

}  // namespace vireo
