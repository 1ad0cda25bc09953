// Far JMP and CALL, direct and through memory (SDM 2A "CALL", "JMP").
#include "cpu/exec/far_transfer.h"

#include "cpu/exec/operands.h"
#include "cpu/exec/system_access.h"
#include "cpu/exec/task_switch.h"

namespace vireo {
namespace {

struct FarPointer {
  uint64_t offset;
  uint16_t selector;
};

// Code segments as targets of direct far transfers keep the privilege level.
bool fetch_direct_target(Cpu& cpu, const FarPointer& to, Descriptor& d, CodeTarget& out) {
  const unsigned rpl = rpl_of(to.selector);
  const bool privilege_ok =
      d.conforming() ? d.dpl() <= cpu.cpl : rpl <= cpu.cpl && d.dpl() == cpu.cpl;
  if (!privilege_ok || reserved_code_kind(cpu, d)) {
    return raise_selector(cpu, kVectorGp, to.selector) == Status::kOk;
  }
  if (!d.present()) return raise_selector(cpu, kVectorNp, to.selector) == Status::kOk;
  if (!mark_accessed(cpu, to.selector, d)) return false;
  out.cpl = cpu.cpl;
  out.code = d.segment(static_cast<uint16_t>((to.selector & ~3u) | cpu.cpl));
  out.rip = to.offset;
  return check_target_rip(cpu, out);
}

bool is_call_gate(const Cpu& cpu, unsigned type) {
  return type == kTypeCallGate || (type == kTypeCallGate16 && !cpu.long_mode_active());
}

// System descriptors that far transfers may name.
bool leads_on(const Cpu& cpu, const Descriptor& d) {
  if (d.code_or_data()) return false;
  const bool task = d.type() == kTypeTaskGate || is_available_tss(d.type());
  return is_call_gate(cpu, d.type()) || (task && !cpu.long_mode_active());
}

bool fetch_target_descriptor(Cpu& cpu, const FarPointer& to, Descriptor& out) {
  if (null_selector(to.selector)) return cpu.raise(kVectorGp, 0) == Status::kOk;
  if (!fetch_system_descriptor(cpu, to.selector, kVectorGp, 0, out)) return false;
  if (out.is_code()) return true;
  const bool visible = out.dpl() >= cpu.cpl && out.dpl() >= rpl_of(to.selector);
  if (!leads_on(cpu, out) || !visible)
    return raise_selector(cpu, kVectorGp, to.selector) == Status::kOk;
  if (!out.present()) return raise_selector(cpu, kVectorNp, to.selector) == Status::kOk;
  return true;
}

bool real_addressing(const Cpu& cpu) { return !cpu.protected_mode() || cpu.v86(); }

Status jump_real(Cpu& cpu, const FarPointer& to) {
  if (to.offset > cpu.segs[kCs].limit) return cpu.raise(kVectorGp, 0);
  load_real_segment(cpu, kCs, to.selector);
  cpu.rip = to.offset;
  cpu.mode_changed();
  return Status::kOk;
}

Status jump(Cpu& cpu, const FarPointer& to, uint64_t next_rip) {
  if (real_addressing(cpu)) return jump_real(cpu, to);
  Descriptor descriptor;
  if (!fetch_target_descriptor(cpu, to, descriptor)) return Status::kFault;
  if (!descriptor.code_or_data()) {
    if (is_call_gate(cpu, descriptor.type())) {
      return jump_through_gate(cpu, to.selector, descriptor);
    }
    return transfer_to_task(cpu, to.selector, descriptor, TaskEntry::kJump, next_rip);
  }
  CodeTarget target;
  if (!fetch_direct_target(cpu, to, descriptor, target)) return Status::kFault;
  go_to(cpu, target);
  return Status::kOk;
}

bool push_return(Cpu& cpu, StackCursor& stack, uint64_t return_rip, unsigned size) {
  return stack.push(cpu.segs[kCs].selector, size) && stack.push(return_rip, size);
}

Status call(Cpu& cpu, const FarPointer& to, uint64_t return_rip, unsigned size) {
  StackCursor stack(cpu);
  if (real_addressing(cpu)) {
    if (!push_return(cpu, stack, return_rip, size)) return Status::kFault;
    const Status status = jump_real(cpu, to);
    if (status == Status::kOk) stack.commit();
    return status;
  }
  Descriptor descriptor;
  if (!fetch_target_descriptor(cpu, to, descriptor)) return Status::kFault;
  if (!descriptor.code_or_data()) {
    if (is_call_gate(cpu, descriptor.type())) {
      return call_through_gate(cpu, to.selector, descriptor, return_rip);
    }
    return transfer_to_task(cpu, to.selector, descriptor, TaskEntry::kCall, return_rip);
  }
  CodeTarget target;
  if (!fetch_direct_target(cpu, to, descriptor, target)) return Status::kFault;
  if (!push_return(cpu, stack, return_rip, size)) return Status::kFault;
  stack.commit();
  go_to(cpu, target);
  return Status::kOk;
}

FarPointer immediate_pointer(const Op* op) {
  return {low_bytes(static_cast<uint64_t>(op->imm), operand_size(op)),
          static_cast<uint16_t>(op->disp)};
}

bool memory_pointer(Cpu& cpu, const Op* op, FarPointer& out) {
  const unsigned size = operand_size(op);
  const Linear at = memory_operand(cpu, op);
  if (!at.ok) return false;
  const auto offset = load_sized(cpu, op, at.va, size);
  if (!offset.ok) return false;
  const auto selector = load_sized(cpu, op, memory_operand(cpu, op, size).va, 2);
  out = {offset.value, static_cast<uint16_t>(selector.value)};
  return selector.ok;
}

}  // namespace

bool check_target_rip(Cpu& cpu, const CodeTarget& target) {
  const bool good =
      target.wide(cpu) ? is_canonical(cpu, target.rip) : target.rip <= target.code.limit;
  return good || cpu.raise(kVectorGp, 0) == Status::kOk;
}

void go_to(Cpu& cpu, const CodeTarget& target) {
  cpu.segs[kCs] = target.code;
  cpu.cpl = static_cast<uint8_t>(target.cpl);
  cpu.rip = target.rip;
  cpu.mode_changed();
}

namespace sys {

Status jmp_far(Cpu& cpu, const Op* op) {
  return jump(cpu, immediate_pointer(op), cpu.rip_after(op));
}

Status call_far(Cpu& cpu, const Op* op) {
  return call(cpu, immediate_pointer(op), cpu.rip_after(op), operand_size(op));
}

Status jmp_far_memory(Cpu& cpu, const Op* op) {
  FarPointer to;
  return memory_pointer(cpu, op, to) ? jump(cpu, to, cpu.rip_after(op)) : Status::kFault;
}

Status call_far_memory(Cpu& cpu, const Op* op) {
  FarPointer to;
  if (!memory_pointer(cpu, op, to)) return Status::kFault;
  return call(cpu, to, cpu.rip_after(op), operand_size(op));
}

}  // namespace sys
}  // namespace vireo
