#include "cpu/exec/sse_env.h"

namespace vireo {

Status raise_sse_unavailable(Cpu& cpu) {
  if ((cpu.cr0 & kCr0Em) || !(cpu.cr4 & kCr4Osfxsr)) return cpu.raise(kVectorUd);
  return cpu.raise(kVectorNm);
}

Status raise_avx_unavailable(Cpu& cpu) {
  if (!(cpu.cr4 & kCr4Osxsave) || (~cpu.xcr0 & kXcr0Avx)) return cpu.raise(kVectorUd);
  return cpu.raise(kVectorNm);
}

Status check_mmx(Cpu& cpu) {
  if (cpu.cr0 & kCr0Em) return cpu.raise(kVectorUd);
  if (cpu.cr0 & kCr0Ts) return cpu.raise(kVectorNm);
  return (cpu.x87.status & 0x80) ? cpu.x87_error() : Status::kOk;
}

}  // namespace vireo
