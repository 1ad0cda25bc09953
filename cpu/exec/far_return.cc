// Far RET and IRET (SDM 2B "RET", 2A "IRET/IRETD/IRETQ").
#include "cpu/exec/far_transfer.h"
#include "cpu/exec/operands.h"
#include "cpu/exec/system_access.h"
#include "cpu/exec/task_switch.h"
#include "cpu/exec/v86.h"

namespace vireo {
namespace {

struct OuterStack {
  Segment ss;
  uint64_t sp = 0;
};

// SS of a return: null is fine for 64-bit code that is not at level 3.
bool fetch_return_stack(Cpu& cpu, uint16_t selector, const CodeTarget& target, Segment& out) {
  if (!null_selector(selector)) {
    return fetch_stack_segment(cpu, selector, target.cpl, kVectorGp, 0, out);
  }
  const bool allowed = target.wide(cpu) && target.cpl != 3 && rpl_of(selector) == target.cpl;
  if (!allowed) return cpu.raise(kVectorGp, 0) == Status::kOk;
  out = Segment{};
  out.selector = selector;
  out.attributes = static_cast<uint16_t>(target.cpl << 5);
  return true;
}

// Goes to the target on another stack; data segments of inner levels get lost.
void leave_to(Cpu& cpu, const CodeTarget& target, const OuterStack& outer) {
  const bool outwards = target.cpl > cpu.cpl;
  const auto width =
      StackCursor::width_of(target.wide(cpu) ? CodeMode::k64 : CodeMode::k32, outer.ss);
  StackCursor(cpu, outer.ss, outer.sp, width, target.cpl, 0).commit();
  cpu.segs[kSs] = outer.ss;
  if (outwards) drop_inner_data_segments(cpu, target.cpl);
  go_to(cpu, target);
}

Status ret_far_real(Cpu& cpu, const Op* op) {
  StackCursor stack(cpu);
  uint64_t ip, cs;
  if (!stack.pop(ip, operand_size(op)) || !stack.pop(cs, operand_size(op))) return Status::kFault;
  if (ip > cpu.segs[kCs].limit) return cpu.raise(kVectorGp, 0);
  stack.release(static_cast<uint16_t>(op->imm));
  stack.commit();
  load_real_segment(cpu, kCs, static_cast<uint16_t>(cs));
  cpu.rip = ip;
  cpu.mode_changed();
  return Status::kOk;
}

uint64_t iret_mask(const Cpu& cpu, unsigned size) {
  uint64_t mask = kArithFlags | kFlagTf | kFlagDf | kFlagNt;
  if (size > 2) mask |= kFlagAc | kFlagId | kFlagRf;
  const bool real = !cpu.protected_mode();
  if (real || cpu.cpl <= cpu.iopl()) mask |= kFlagIf;
  if (real || cpu.cpl == 0) mask |= kFlagIopl;
  if (!real && cpu.cpl == 0 && size > 2) mask |= kFlagVif | kFlagVip;
  return mask;
}

void set_returned_flags(Cpu& cpu, uint64_t value, unsigned size) {
  const uint64_t mask = iret_mask(cpu, size);
  cpu.write_rflags((cpu.read_rflags() & ~(mask | kFlagRf)) | (value & mask));
}

struct ReturnFrame {
  uint64_t rip = 0, cs = 0, flags = 0;
};

bool pop_frame(StackCursor& stack, unsigned size, ReturnFrame& out) {
  return stack.pop(out.rip, size) && stack.pop(out.cs, size) && stack.pop(out.flags, size);
}

Status iret_real(Cpu& cpu, const Op* op) {
  const unsigned size = operand_size(op);
  StackCursor stack(cpu);
  ReturnFrame frame;
  if (!pop_frame(stack, size, frame)) return Status::kFault;
  if (frame.rip > cpu.segs[kCs].limit) return cpu.raise(kVectorGp, 0);
  stack.commit();
  load_real_segment(cpu, kCs, static_cast<uint16_t>(frame.cs));
  cpu.rip = frame.rip;
  set_returned_flags(cpu, frame.flags, size);
  cpu.mode_changed();
  return Status::kOk;
}

bool returns_to_v86(const Cpu& cpu, const ReturnFrame& frame, unsigned size) {
  return !cpu.long_mode_active() && cpu.cpl == 0 && size == 4 && (frame.flags & kFlagVm);
}

Status iret_protected(Cpu& cpu, const Op* op) {
  const unsigned size = operand_size(op);
  StackCursor stack(cpu);
  ReturnFrame frame;
  if (!pop_frame(stack, size, frame)) return Status::kFault;
  if (returns_to_v86(cpu, frame, size)) {
    return return_to_v86(cpu, stack, frame.rip, frame.cs, frame.flags);
  }
  OuterStack outer;
  uint64_t ss = 0;
  const bool from_wide = cpu.code_mode == CodeMode::k64;
  // 64-bit mode pops the stack pointer always, and before anything is checked.
  if (from_wide && !(stack.pop(outer.sp, size) && stack.pop(ss, size))) return Status::kFault;
  CodeTarget target;
  if (!fetch_return_target(cpu, static_cast<uint16_t>(frame.cs), frame.rip, target)) {
    return Status::kFault;
  }
  const bool outwards = target.cpl > cpu.cpl;
  if (!from_wide && outwards && !(stack.pop(outer.sp, size) && stack.pop(ss, size))) {
    return Status::kFault;
  }
  const bool new_stack = from_wide || outwards;
  if (new_stack && !fetch_return_stack(cpu, static_cast<uint16_t>(ss), target, outer.ss)) {
    return Status::kFault;
  }
  if (!check_target_rip(cpu, target)) return Status::kFault;
  set_returned_flags(cpu, frame.flags, size);
  if (new_stack) {
    leave_to(cpu, target, outer);
  } else {
    stack.commit();
    go_to(cpu, target);
  }
  return Status::kOk;
}

}  // namespace

bool fetch_return_target(Cpu& cpu, uint16_t selector, uint64_t rip, CodeTarget& out) {
  if (null_selector(selector)) return cpu.raise(kVectorGp, 0) == Status::kOk;
  Descriptor code;
  if (!fetch_descriptor(cpu, selector, kVectorGp, 0, code)) return false;
  const unsigned rpl = rpl_of(selector);
  const bool privilege_ok =
      rpl >= cpu.cpl && (code.conforming() ? code.dpl() <= rpl : code.dpl() == rpl);
  if (!code.is_code() || !privilege_ok || reserved_code_kind(cpu, code)) {
    return raise_selector(cpu, kVectorGp, selector) == Status::kOk;
  }
  if (!code.present()) return raise_selector(cpu, kVectorNp, selector) == Status::kOk;
  if (!mark_accessed(cpu, selector, code)) return false;
  out.code = code.segment(selector);
  out.cpl = rpl;
  out.rip = rip;
  return true;
}

namespace sys {

Status ret_far(Cpu& cpu, const Op* op) {
  if (!cpu.protected_mode() || cpu.v86()) return ret_far_real(cpu, op);
  const unsigned size = operand_size(op);
  const uint16_t released = static_cast<uint16_t>(op->imm);
  StackCursor stack(cpu);
  uint64_t rip, cs;
  if (!stack.pop(rip, size) || !stack.pop(cs, size)) return Status::kFault;
  CodeTarget target;
  if (!fetch_return_target(cpu, static_cast<uint16_t>(cs), rip, target)) return Status::kFault;
  stack.release(released);
  if (target.cpl == cpu.cpl) {
    if (!check_target_rip(cpu, target)) return Status::kFault;
    stack.commit();
    go_to(cpu, target);
    return Status::kOk;
  }
  OuterStack outer;
  uint64_t ss;
  if (!stack.pop(outer.sp, size) || !stack.pop(ss, size)) return Status::kFault;
  if (!fetch_return_stack(cpu, static_cast<uint16_t>(ss), target, outer.ss)) {
    return Status::kFault;
  }
  if (!check_target_rip(cpu, target)) return Status::kFault;
  outer.sp += released;
  leave_to(cpu, target, outer);
  return Status::kOk;
}

Status iret(Cpu& cpu, const Op* op) {
  // Even one that faults opens the way for the next NMI (SDM 3A 6.7.1).
  cpu.nmi_unblock();
  Status status;
  if (!cpu.protected_mode()) {
    status = iret_real(cpu, op);
  } else if (cpu.v86()) {
    status = v86_iret(cpu, operand_size(op));
  } else if (cpu.rflags & kFlagNt) {
    // Long mode has no task to return to.
    if (cpu.long_mode_active()) return cpu.raise(kVectorGp, 0);
    status = return_to_task(cpu, cpu.rip_after(op));
  } else {
    status = iret_protected(cpu, op);
  }
  if (status != Status::kOk) return status;
  if (cpu.rflags & kFlagRf) cpu.resume_flag_loaded(op);
  return status;
}

}  // namespace sys
}  // namespace vireo
