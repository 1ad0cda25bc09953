// PUSHF, POPF, CLI, STI, STAC, CLAC (SDM 2A, 2B).
#include "cpu/exec/operands.h"
#include "cpu/exec/segment.h"
#include "cpu/exec/system_access.h"
#include "cpu/exec/v86.h"

namespace vireo {
namespace {

V86Flags flags_rule(const Cpu& cpu, const Op* op) {
  return cpu.v86() ? v86_flags_rule(cpu, operand_size(op)) : V86Flags::kPlain;
}

bool may_change_if(const Cpu& cpu) { return !cpu.protected_mode() || cpu.cpl <= cpu.iopl(); }

// What PUSHF shows: VM and RF read as zero.
uint64_t pushed_flags(const Cpu& cpu) { return cpu.read_rflags() & ~(kFlagVm | kFlagRf); }

uint64_t popf_mask(const Cpu& cpu, unsigned size) {
  uint64_t mask = kArithFlags | kFlagTf | kFlagDf | kFlagNt;
  if (size > 2) mask |= kFlagAc | kFlagId;
  if (may_change_if(cpu)) mask |= kFlagIf;
  if (cpu.cpl == 0 && !cpu.v86()) mask |= kFlagIopl;
  return mask;
}

void set_popped_flags(Cpu& cpu, uint64_t value, unsigned size) {
  const uint64_t mask = popf_mask(cpu, size);
  const uint64_t old = cpu.rflags;
  cpu.write_rflags((cpu.read_rflags() & ~mask) | (value & mask));
  if ((old ^ cpu.rflags) & kFlagAc) privilege_changed(cpu);
}

Status set_ac(Cpu& cpu, bool value) {
  if (cpu.cpl != 0 || !(cpu.protected_mode())) return cpu.raise(kVectorUd);
  cpu.rflags = value ? cpu.rflags | kFlagAc : cpu.rflags & ~kFlagAc;
  privilege_changed(cpu);
  return Status::kOk;
}

}  // namespace

namespace sys {

Status pushf(Cpu& cpu, const Op* op) {
  const V86Flags rule = flags_rule(cpu, op);
  if (rule == V86Flags::kDenied) return cpu.raise(kVectorGp, 0);
  const uint64_t image = rule == V86Flags::kVirtual ? virtual_flags(cpu) : pushed_flags(cpu);
  StackCursor stack(cpu);
  if (!stack.push(image, operand_size(op))) return Status::kFault;
  stack.commit();
  return Status::kOk;
}

Status popf(Cpu& cpu, const Op* op) {
  const V86Flags rule = flags_rule(cpu, op);
  if (rule == V86Flags::kDenied) return cpu.raise(kVectorGp, 0);
  StackCursor stack(cpu);
  uint64_t value;
  if (!stack.pop(value, operand_size(op))) return Status::kFault;
  if (rule == V86Flags::kVirtual) {
    if (load_virtual_flags(cpu, value) != Status::kOk) return Status::kFault;
  } else {
    set_popped_flags(cpu, value, operand_size(op));
  }
  stack.commit();
  return Status::kOk;
}

Status cli(Cpu& cpu, const Op*) {
  if (!may_change_if(cpu) && !has_virtual_if(cpu)) return cpu.raise(kVectorGp, 0);
  cpu.rflags &= ~(may_change_if(cpu) ? kFlagIf : kFlagVif);
  return Status::kOk;
}

Status sti(Cpu& cpu, const Op*) {
  if (may_change_if(cpu)) {
    cpu.rflags |= kFlagIf;
    return Status::kOk;
  }
  // The program may not enable an interrupt that its monitor holds back.
  if (!has_virtual_if(cpu) || (cpu.rflags & kFlagVip)) return cpu.raise(kVectorGp, 0);
  cpu.rflags |= kFlagVif;
  return Status::kOk;
}

Status stac(Cpu& cpu, const Op*) { return set_ac(cpu, true); }
Status clac(Cpu& cpu, const Op*) { return set_ac(cpu, false); }

}  // namespace sys

VIREO_HANDLER pushf64_handler(Cpu& cpu, const Op* op) {
  const uint64_t rsp = cpu.regs[kRsp] - 8;
  if (VIREO_UNLIKELY(!store<uint64_t>(cpu, op, rsp, pushed_flags(cpu)))) VIREO_FAULT();
  cpu.regs[kRsp] = rsp;
  VIREO_NEXT();
}

VIREO_HANDLER popf_handler(Cpu& cpu, const Op* op) {
  const bool enabled = cpu.rflags & kFlagIf;
  if (VIREO_UNLIKELY(sys::popf(cpu, op) != Status::kOk)) VIREO_FAULT();
  const bool opened = !enabled && (cpu.rflags & kFlagIf) && cpu.interrupt_waiting();
  if (VIREO_UNLIKELY(opened || (cpu.rflags & kFlagTf))) VIREO_TAIL(leave_after);
  VIREO_NEXT();
}

// No interrupt is taken before the end of the instruction behind STI. When that
// one is in the same block it surely runs, and nothing need be remembered.
VIREO_HANDLER sti_handler(Cpu& cpu, const Op* op) {
  const bool enabled = cpu.rflags & kFlagIf;
  if (VIREO_UNLIKELY(sys::sti(cpu, op) != Status::kOk)) VIREO_FAULT();
  const bool opened = !enabled && (cpu.rflags & kFlagIf);
  if (opened && (op->remaining == 1 || cpu.interrupt_waiting())) {
    cpu.inhibit_interrupts = true;
    VIREO_TAIL(leave_after);
  }
  VIREO_NEXT();
}

}  // namespace vireo
