// Event delivery in legacy protected mode and from virtual-8086 mode, through
// interrupt, trap and task gates (SDM 3A 6.12, 20.3).
#include "cpu/exec/delivery.h"
#include "cpu/exec/segment.h"
#include "cpu/exec/stack_switch.h"
#include "cpu/exec/system_access.h"
#include "cpu/exec/task_switch.h"

namespace vireo {
namespace {

struct ProtectedGate {
  uint32_t offset;
  uint16_t selector;
  unsigned width;  // of the frame's words: 2 or 4 bytes
  bool interrupt;
  bool task;
};

bool gate_type_ok(const Descriptor& gate) {
  if (gate.code_or_data()) return false;
  return gate.type() == kTypeInterruptGate || gate.type() == kTypeTrapGate ||
         gate.type() == kTypeInterruptGate16 || gate.type() == kTypeTrapGate16 ||
         gate.type() == kTypeTaskGate;
}

bool fetch_gate(Cpu& cpu, const GuestEvent& event, ProtectedGate& out) {
  const uint32_t offset = event.vector * 8u;
  const uint32_t code = offset + 2 + event.ext();
  if (offset + 7 > cpu.idtr.limit) return cpu.raise(kVectorGp, code) == Status::kOk;
  uint64_t raw;
  if (!read_system(cpu, cpu.idtr.base + offset, raw)) return false;
  const Descriptor gate{static_cast<uint32_t>(raw), static_cast<uint32_t>(raw >> 32), 0, 0};
  const bool allowed = !event.obeys_gate_dpl() || gate.dpl() >= cpu.cpl;
  if (!gate_type_ok(gate) || !allowed) return cpu.raise(kVectorGp, code) == Status::kOk;
  if (!gate.present()) return cpu.raise(kVectorNp, code) == Status::kOk;
  out.width = gate.type() & 8 ? 4 : 2;
  out.offset = static_cast<uint32_t>(gate.gate_offset()) & (out.width == 4 ? 0xffffffff : 0xffff);
  out.selector = gate.gate_selector();
  out.interrupt = !(gate.type() & 1);
  out.task = gate.type() == kTypeTaskGate;
  return true;
}

// An instruction has ended once the switch is made: a fault in the new task is
// then that task's. An event's fault counts as one while it was delivered.
Status deliver_to_task(Cpu& cpu, const GuestEvent& event, uint16_t selector) {
  TaskSwitch how{TaskEntry::kEvent,
                 selector,
                 {},
                 event.return_rip,
                 frame_flags(cpu, event),
                 event.ext(),
                 event.has_error,
                 event.error_code};
  if (!fetch_task(cpu, selector, TaskEntry::kEvent, event.ext(), how.tss)) return Status::kFault;
  const TaskOutcome outcome = switch_task(cpu, how);
  const bool done = outcome == TaskOutcome::kDone ||
                    (outcome == TaskOutcome::kFaulted && event.by_instruction());
  return done ? Status::kOk : Status::kFault;
}

// Virtual-8086 mode gives its data segments to the handler on the stack.
bool push_v86_segments(Cpu& cpu, unsigned width, StackCursor& stack) {
  for (const SegIndex index : {kGs, kFs, kDs, kEs}) {
    if (!stack.push(cpu.segs[index].selector, width)) return false;
  }
  return true;
}

bool push_frame(Cpu& cpu, const GuestEvent& event, unsigned width, bool inwards,
                StackCursor& stack) {
  const uint64_t flags = frame_flags(cpu, event);
  if (cpu.v86() && !push_v86_segments(cpu, width, stack)) return false;
  if (inwards &&
      !(stack.push(cpu.segs[kSs].selector, width) && stack.push(cpu.regs[kRsp], width))) {
    return false;
  }
  return stack.push(flags, width) && stack.push(cpu.segs[kCs].selector, width) &&
         stack.push(event.return_rip, width) &&
         (!event.has_error || stack.push(event.error_code, width));
}

}  // namespace

Status deliver_protected(Cpu& cpu, const GuestEvent& event) {
  ProtectedGate gate{};
  GateTarget target;
  if (!fetch_gate(cpu, event, gate)) return Status::kFault;
  if (gate.task) return deliver_to_task(cpu, event, gate.selector);
  if (!fetch_gate_target(cpu, gate.selector, event.ext(), target)) return Status::kFault;
  const bool from_v86 = cpu.v86();
  if (from_v86 && target.cpl != 0) {
    return raise_selector(cpu, kVectorGp, gate.selector, event.ext());
  }
  const bool inwards = target.cpl != cpu.cpl;
  InnerStack inner{cpu.segs[kSs], cpu.regs[kRsp]};
  if (inwards && !inner_stack_from_tss(cpu, target.cpl, event.ext(), inner)) {
    return Status::kFault;
  }
  StackCursor stack(cpu, inner.ss, inner.sp, StackCursor::width_of(CodeMode::k32, inner.ss),
                    target.cpl, (inwards ? inner.ss.selector & 0xfffc : 0) | event.ext());
  if (!push_frame(cpu, event, gate.width, inwards, stack)) return Status::kFault;
  if (gate.offset > target.code.limit) return cpu.raise(kVectorGp, event.ext());
  if (inwards) cpu.regs[kRsp] = inner.sp;
  stack.commit();
  cpu.segs[kSs] = inner.ss;
  if (from_v86) {
    for (const SegIndex index : {kEs, kDs, kFs, kGs}) cpu.segs[index] = Segment{};
  }
  cpu.segs[kCs] = target.code;
  cpu.cpl = static_cast<uint8_t>(target.cpl);
  cpu.rip = gate.offset;
  cpu.write_rflags(flags_in_handler(cpu.read_rflags(), gate.interrupt));
  return Status::kOk;
}

}  // namespace vireo
