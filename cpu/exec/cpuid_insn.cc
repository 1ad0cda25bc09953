// Instructions that tell the guest about its processor, its time and chance:
// CPUID, RDTSC, RDTSCP, RDPMC, RDPID, RDRAND, RDSEED; and HLT and #UD.
#include "cpu/exec/operands.h"

namespace vireo {
namespace {

Status require_tsc(Cpu& cpu) {
  const bool denied = (cpu.cr4 & kCr4Tsd) && cpu.cpl != 0 && cpu.protected_mode();
  return denied ? cpu.raise(kVectorGp, 0) : Status::kOk;
}

void write_edx_eax(Cpu& cpu, uint64_t value) {
  cpu.regs[kRax] = static_cast<uint32_t>(value);
  cpu.regs[kRdx] = value >> 32;
}

}  // namespace

namespace sys {

Status cpuid_insn(Cpu& cpu, const Op*) {
  CpuidContext context;
  context.cr4 = cpu.cr4;
  context.xcr0 = cpu.xcr0;
  context.monitor_enabled = cpu.misc_enable & kMiscEnableMonitor;
  context.topology = cpu.topology();
  if (cpu.apic() != nullptr) {
    context.apic_enabled = cpu.apic()->enabled();
    context.apic_id = cpu.apic()->id();
  }
  const CpuidResult result = cpuid(cpu.model(), static_cast<uint32_t>(cpu.regs[kRax]),
                                   static_cast<uint32_t>(cpu.regs[kRcx]), context);
  cpu.regs[kRax] = result.eax;
  cpu.regs[kRbx] = result.ebx;
  cpu.regs[kRcx] = result.ecx;
  cpu.regs[kRdx] = result.edx;
  return Status::kOk;
}

Status rdtsc(Cpu& cpu, const Op* op) {
  if (require_tsc(cpu) != Status::kOk) return Status::kFault;
  cpu.sync_clock(op);
  write_edx_eax(cpu, cpu.tsc());
  return Status::kOk;
}

Status rdtscp(Cpu& cpu, const Op* op) {
  const Status status = rdtsc(cpu, op);
  if (status == Status::kOk) cpu.regs[kRcx] = static_cast<uint32_t>(cpu.tsc_aux);
  return status;
}

// No performance counter exists, so every index is a bad one.
Status rdpmc(Cpu& cpu, const Op*) { return cpu.raise(kVectorGp, 0); }

Status rdpid(Cpu& cpu, const Op* op) {
  cpu.regs[op->src] = static_cast<uint32_t>(cpu.tsc_aux);
  return Status::kOk;
}

// RDRAND and RDSEED never run dry: CF set, the other flags clear.
Status rdrand(Cpu& cpu, const Op* op) {
  write_gpr(cpu, op->src, operand_size(op), cpu.random64());
  cpu.flags = kPackedCf;
  return Status::kOk;
}

Status hlt(Cpu& cpu, const Op*) {
  if (require_cpl0(cpu) != Status::kOk) return Status::kFault;
  cpu.halt();
  return Status::kOk;
}

Status undefined(Cpu& cpu, const Op*) { return cpu.raise(kVectorUd); }

}  // namespace sys
}  // namespace vireo
