// RDPKRU, WRPKRU and what a change of PKRU entails (SDM 3A 4.6.2).
#include "cpu/exec/protection_keys.h"

#include "cpu/exec/system.h"

namespace vireo {
namespace {

Status require_pkru_enabled(Cpu& cpu) {
  if (!(cpu.cr4 & kCr4Pke)) return cpu.raise(kVectorUd);
  return static_cast<uint32_t>(cpu.regs[kRcx]) == 0 ? Status::kOk : cpu.raise(kVectorGp, 0);
}

}  // namespace

void set_pkru(Cpu& cpu, uint32_t value) {
  const uint32_t changed = cpu.pkru ^ value;
  cpu.pkru = value;
  if (changed != 0) cpu.mmu().flush_keys(changed);
}

namespace sys {

Status rdpkru(Cpu& cpu, const Op*) {
  if (require_pkru_enabled(cpu) != Status::kOk) return Status::kFault;
  cpu.regs[kRax] = cpu.pkru;
  cpu.regs[kRdx] = 0;
  return Status::kOk;
}

Status wrpkru(Cpu& cpu, const Op*) {
  if (require_pkru_enabled(cpu) != Status::kOk) return Status::kFault;
  if (static_cast<uint32_t>(cpu.regs[kRdx]) != 0) return cpu.raise(kVectorGp, 0);
  set_pkru(cpu, static_cast<uint32_t>(cpu.regs[kRax]));
  return Status::kOk;
}

}  // namespace sys
}  // namespace vireo
