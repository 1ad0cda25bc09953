// Fast system calls: SYSCALL, SYSRET, SYSENTER, SYSEXIT (SDM 3A 5.8.7, 5.8.8).
#include "cpu/exec/operands.h"
#include "cpu/exec/segment.h"
#include "cpu/exec/system_access.h"

namespace vireo {
namespace {

constexpr uint64_t kSysretFlags = 0x3c7fd7;

void enter(Cpu& cpu, uint16_t cs, uint16_t ss, unsigned cpl, bool long_mode, uint64_t rip) {
  const uint16_t rpl = static_cast<uint16_t>(cpl);
  cpu.segs[kCs] = flat_code_segment(static_cast<uint16_t>((cs & 0xfffc) | rpl), cpl, long_mode);
  cpu.segs[kSs] = flat_stack_segment(static_cast<uint16_t>((ss & 0xfffc) | rpl), cpl);
  cpu.cpl = static_cast<uint8_t>(cpl);
  cpu.rip = rip;
  cpu.mode_changed();
}

// SYSCALL and SYSRET outside 64-bit mode exist on AMD processors only, SYSENTER
// in long mode on Intel's only.
bool syscall_defined(const Cpu& cpu) {
  if (!(cpu.efer & kEferSce) || !cpu.protected_mode() || cpu.v86()) return false;
  return cpu.code_mode == CodeMode::k64 || cpu.model().is_amd();
}

// AMD APM 3 "SYSCALL (legacy)": the target is in STAR, the flags stay in place.
Status legacy_syscall(Cpu& cpu, uint64_t return_rip) {
  cpu.regs[kRcx] = return_rip;
  cpu.write_rflags(cpu.read_rflags() & ~(kFlagVm | kFlagIf | kFlagRf));
  const uint16_t cs = static_cast<uint16_t>(cpu.star >> 32);
  enter(cpu, cs, static_cast<uint16_t>(cs + 8), 0, false, static_cast<uint32_t>(cpu.star));
  return Status::kOk;
}

Status legacy_sysret(Cpu& cpu) {
  if (cpu.cpl != 0) return cpu.raise(kVectorGp, 0);
  const uint16_t cs = static_cast<uint16_t>(cpu.star >> 48);
  cpu.rflags |= kFlagIf;
  enter(cpu, cs, static_cast<uint16_t>(cs + 8), 3, false, static_cast<uint32_t>(cpu.regs[kRcx]));
  return Status::kOk;
}

bool sysenter_defined(const Cpu& cpu) { return !(cpu.long_mode_active() && cpu.model().is_amd()); }

}  // namespace

namespace sys {

Status syscall(Cpu& cpu, const Op* op) {
  if (!syscall_defined(cpu)) return cpu.raise(kVectorUd);
  if (!cpu.long_mode_active()) return legacy_syscall(cpu, cpu.rip_after(op));
  const uint64_t flags = cpu.read_rflags() & ~kFlagRf;
  const uint64_t target = cpu.code_mode == CodeMode::k64 ? cpu.lstar : cpu.cstar;
  cpu.regs[kRcx] = cpu.rip_after(op);
  cpu.regs[kR11] = flags;
  cpu.write_rflags(flags & ~cpu.sfmask);
  cpu.trap_cancelled = cpu.sfmask & kFlagTf;
  const uint16_t cs = static_cast<uint16_t>(cpu.star >> 32);
  enter(cpu, cs, static_cast<uint16_t>(cs + 8), 0, true, target);
  return Status::kOk;
}

Status sysret(Cpu& cpu, const Op* op) {
  if (!syscall_defined(cpu)) return cpu.raise(kVectorUd);
  if (cpu.code_mode != CodeMode::k64) return legacy_sysret(cpu);
  const bool wide = operand_size(op) == 8;
  const uint64_t target = wide ? cpu.regs[kRcx] : static_cast<uint32_t>(cpu.regs[kRcx]);
  if (cpu.cpl != 0 || !is_canonical(cpu, target)) return cpu.raise(kVectorGp, 0);
  cpu.write_rflags(cpu.regs[kR11] & kSysretFlags & ~kFlagRf);
  // A TF that it loads traps right behind it, before the first instruction there.
  if (cpu.rflags & kFlagTf) cpu.note_debug(kDr6Bs);
  const uint16_t base = static_cast<uint16_t>(cpu.star >> 48);
  enter(cpu, static_cast<uint16_t>(base + (wide ? 16 : 0)), static_cast<uint16_t>(base + 8), 3,
        wide, target);
  return Status::kOk;
}

Status sysenter(Cpu& cpu, const Op*) {
  if (!sysenter_defined(cpu)) return cpu.raise(kVectorUd);
  if (!cpu.protected_mode() || null_selector(static_cast<uint16_t>(cpu.sysenter_cs))) {
    return cpu.raise(kVectorGp, 0);
  }
  const bool wide = cpu.long_mode_active();
  const uint16_t cs = static_cast<uint16_t>(cpu.sysenter_cs);
  cpu.write_rflags(cpu.read_rflags() & ~(kFlagVm | kFlagIf | kFlagRf));
  cpu.regs[kRsp] = wide ? cpu.sysenter_esp : static_cast<uint32_t>(cpu.sysenter_esp);
  enter(cpu, cs, static_cast<uint16_t>((cs & 0xfffc) + 8), 0, wide,
        wide ? cpu.sysenter_eip : static_cast<uint32_t>(cpu.sysenter_eip));
  return Status::kOk;
}

Status sysexit(Cpu& cpu, const Op* op) {
  if (!sysenter_defined(cpu)) return cpu.raise(kVectorUd);
  const bool bad = !cpu.protected_mode() || cpu.cpl != 0 ||
                   null_selector(static_cast<uint16_t>(cpu.sysenter_cs));
  if (bad) return cpu.raise(kVectorGp, 0);
  const bool wide = operand_size(op) == 8;
  if (wide && !(is_canonical(cpu, cpu.regs[kRdx]) && is_canonical(cpu, cpu.regs[kRcx]))) {
    return cpu.raise(kVectorGp, 0);
  }
  const uint16_t base = static_cast<uint16_t>(cpu.sysenter_cs & 0xfffc);
  const uint16_t cs = static_cast<uint16_t>(base + (wide ? 32 : 16));
  cpu.regs[kRsp] = wide ? cpu.regs[kRcx] : static_cast<uint32_t>(cpu.regs[kRcx]);
  enter(cpu, cs, static_cast<uint16_t>(cs + 8), 3, wide,
        wide ? cpu.regs[kRdx] : static_cast<uint32_t>(cpu.regs[kRdx]));
  return Status::kOk;
}

}  // namespace sys
}  // namespace vireo
