// Event delivery in legacy protected mode through 16- and 32-bit interrupt and
// trap gates (SDM 3A 6.12). Task gates are not modelled: they raise #GP as an
// entry of another bad type does.
#include "cpu/exec/delivery.h"
#include "cpu/exec/segment.h"
#include "cpu/exec/stack_switch.h"
#include "cpu/exec/system_access.h"
#include "machine/base/log.h"

namespace vireo {
namespace {

struct ProtectedGate {
  uint32_t offset;
  uint16_t selector;
  unsigned width;  // of the frame's words: 2 or 4 bytes
  bool interrupt;
};

bool gate_type_ok(const Descriptor& gate) {
  if (gate.code_or_data()) return false;
  if (gate.type() == kTypeTaskGate) Log::print(LogItem::kUnimp, "task gate in the IDT");
  return gate.type() == kTypeInterruptGate || gate.type() == kTypeTrapGate ||
         gate.type() == kTypeInterruptGate16 || gate.type() == kTypeTrapGate16;
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
  return true;
}

bool push_frame(Cpu& cpu, const GuestEvent& event, unsigned width, bool inwards,
                StackCursor& stack) {
  const uint64_t flags = frame_flags(cpu, event);
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
  if (!fetch_gate_target(cpu, gate.selector, event.ext(), target)) return Status::kFault;
  const bool inwards = target.cpl != cpu.cpl;
  InnerStack inner{cpu.segs[kSs], cpu.regs[kRsp]};
  if (inwards && !inner_stack_from_tss(cpu, target.cpl, event.ext(), inner)) {
    return Status::kFault;
  }
  StackCursor stack(cpu, inner.ss, inner.sp, StackCursor::width_of(CodeMode::k32, inner.ss),
                    target.cpl, event.ext());
  if (!push_frame(cpu, event, gate.width, inwards, stack)) return Status::kFault;
  if (gate.offset > target.code.limit) return cpu.raise(kVectorGp, event.ext());
  if (inwards) cpu.regs[kRsp] = inner.sp;
  stack.commit();
  cpu.segs[kSs] = inner.ss;
  cpu.segs[kCs] = target.code;
  cpu.cpl = static_cast<uint8_t>(target.cpl);
  cpu.rip = gate.offset;
  cpu.write_rflags(flags_in_handler(cpu.read_rflags(), gate.interrupt));
  return Status::kOk;
}

}  // namespace vireo
