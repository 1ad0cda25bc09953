// Event delivery in IA-32e mode (SDM 3A 6.14).
#include "cpu/exec/delivery.h"
#include "cpu/exec/segment.h"
#include "cpu/exec/system_access.h"

namespace vireo {
namespace {

struct LongGate {
  uint64_t offset;
  uint16_t selector;
  unsigned ist;
  bool interrupt;  // clears IF
};

bool fetch_gate(Cpu& cpu, const GuestEvent& event, LongGate& out) {
  const uint32_t code = event.vector * 8u + 2 + event.ext();
  const uint32_t offset = event.vector * 16u;
  if (offset + 15 > cpu.idtr.limit) return cpu.raise(kVectorGp, code) == Status::kOk;
  struct {
    uint32_t words[4];
  } raw;
  if (!read_system(cpu, cpu.idtr.base + offset, raw)) return false;
  const Descriptor gate{raw.words[0], raw.words[1], raw.words[2], raw.words[3]};
  const bool type_ok =
      !gate.code_or_data() && (gate.type() == kTypeInterruptGate || gate.type() == kTypeTrapGate);
  const bool allowed = !event.obeys_gate_dpl() || gate.dpl() >= cpu.cpl;
  if (!type_ok || !allowed) return cpu.raise(kVectorGp, code) == Status::kOk;
  if (!gate.present()) return cpu.raise(kVectorNp, code) == Status::kOk;
  out = {gate.gate_offset(), gate.gate_selector(), gate.high & 7,
         gate.type() == kTypeInterruptGate};
  return true;
}

// RSP0-2 at 4, 12, 20; IST1-7 at 36 and on (SDM 3A figure 7-11).
bool stack_from_tss(Cpu& cpu, uint32_t offset, uint32_t ext, uint64_t& rsp) {
  if (!cpu.tr.present() || offset + 7 > cpu.tr.limit) {
    return raise_selector(cpu, kVectorTs, cpu.tr.selector, ext) == Status::kOk;
  }
  if (!read_system(cpu, cpu.tr.base + offset, rsp)) return false;
  return is_canonical(cpu, rsp) || cpu.raise(kVectorSs, ext) == Status::kOk;
}

bool push_frame(Cpu& cpu, const GuestEvent& event, StackCursor& stack) {
  const uint64_t flags = frame_flags(cpu, event);
  return stack.push(cpu.segs[kSs].selector, 8) && stack.push(cpu.regs[kRsp], 8) &&
         stack.push(flags, 8) && stack.push(cpu.segs[kCs].selector, 8) &&
         stack.push(event.return_rip, 8) && (!event.has_error || stack.push(event.error_code, 8));
}

}  // namespace

Status deliver_long(Cpu& cpu, const GuestEvent& event) {
  LongGate gate{};
  GateTarget target;
  if (!fetch_gate(cpu, event, gate)) return Status::kFault;
  if (!fetch_gate_target(cpu, gate.selector, event.ext(), target)) return Status::kFault;
  const bool inwards = target.cpl != cpu.cpl;
  uint64_t rsp = cpu.regs[kRsp];
  if (gate.ist != 0 || inwards) {
    const uint32_t offset = gate.ist != 0 ? 28 + 8 * gate.ist : 4 + 8 * target.cpl;
    if (!stack_from_tss(cpu, offset, event.ext(), rsp)) return Status::kFault;
  }
  if (!is_canonical(cpu, gate.offset)) return cpu.raise(kVectorGp, event.ext());
  StackCursor stack(cpu, cpu.segs[kSs], rsp & ~uint64_t{15}, StackCursor::Width::k64, target.cpl,
                    event.ext());
  if (!push_frame(cpu, event, stack)) return Status::kFault;
  stack.commit();
  if (inwards) {
    Segment null;
    null.selector = static_cast<uint16_t>(target.cpl);
    null.attributes = static_cast<uint16_t>(target.cpl << 5);
    cpu.segs[kSs] = null;
  }
  cpu.segs[kCs] = target.code;
  cpu.cpl = static_cast<uint8_t>(target.cpl);
  cpu.rip = gate.offset;
  cpu.write_rflags(flags_in_handler(cpu.read_rflags(), gate.interrupt));
  return Status::kOk;
}

}  // namespace vireo
