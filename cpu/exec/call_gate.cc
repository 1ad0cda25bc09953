// Far CALL and JMP through 16-, 32- and 64-bit call gates (SDM 3A 5.8.3-5.8.5).
#include <array>

#include "cpu/exec/far_transfer.h"
#include "cpu/exec/stack_switch.h"
#include "cpu/exec/system_access.h"

namespace vireo {
namespace {

// Bytes of each word that a call through this gate pushes.
unsigned gate_width(const Cpu& cpu, const Descriptor& gate) {
  if (cpu.long_mode_active()) return 8;
  return gate.type() == kTypeCallGate ? 4 : 2;
}

// The code segment behind the gate. `inwards_ok`: a CALL may go to an inner level.
bool fetch_gate_code(Cpu& cpu, uint16_t gate_selector, const Descriptor& gate, bool inwards_ok,
                     CodeTarget& out) {
  const bool wide = cpu.long_mode_active();
  if (wide && (gate.extension & 0x1f00) != 0) {
    return raise_selector(cpu, kVectorGp, gate_selector) == Status::kOk;
  }
  const uint16_t selector = gate.gate_selector();
  if (null_selector(selector)) return cpu.raise(kVectorGp, 0) == Status::kOk;
  Descriptor code;
  if (!fetch_descriptor(cpu, selector, kVectorGp, 0, code)) return false;
  const bool privilege_ok =
      code.conforming() || inwards_ok ? code.dpl() <= cpu.cpl : code.dpl() == cpu.cpl;
  const bool kind_ok = code.is_code() && (!wide || (code.long_mode() && !code.big()));
  if (!privilege_ok || !kind_ok) {
    return raise_selector(cpu, kVectorGp, selector) == Status::kOk;
  }
  if (!code.present()) return raise_selector(cpu, kVectorNp, selector) == Status::kOk;
  if (!mark_accessed(cpu, selector, code)) return false;
  out.cpl = code.conforming() ? cpu.cpl : code.dpl();
  out.code = code.segment(static_cast<uint16_t>((selector & ~3u) | out.cpl));
  out.rip = wide ? gate.gate_offset()
                 : gate.gate_offset() & (gate.type() == kTypeCallGate ? 0xffffffff : 0xffff);
  return check_target_rip(cpu, out);
}

bool inner_stack(Cpu& cpu, unsigned cpl, InnerStack& out) {
  if (!cpu.long_mode_active()) return inner_stack_from_tss(cpu, cpl, 0, out);
  const uint32_t offset = 4 + 8 * cpl;
  if (!cpu.tr.present() || offset + 7 > cpu.tr.limit) {
    return raise_selector(cpu, kVectorTs, cpu.tr.selector) == Status::kOk;
  }
  out.ss = Segment{};
  out.ss.selector = static_cast<uint16_t>(cpl);
  out.ss.attributes = static_cast<uint16_t>(cpl << 5);
  if (!read_system(cpu, cpu.tr.base + offset, out.sp)) return false;
  return is_canonical(cpu, out.sp) || cpu.raise(kVectorSs, 0) == Status::kOk;
}

// Parameters travel from the outer stack to the inner one, last pushed first.
bool copy_parameters(Cpu& cpu, unsigned count, unsigned width, StackCursor& to) {
  std::array<uint64_t, 31> parameters{};
  StackCursor from(cpu);
  for (unsigned i = 0; i < count; ++i) {
    if (!from.pop(parameters[i], width)) return false;
  }
  for (unsigned i = count; i-- > 0;) {
    if (!to.push(parameters[i], width)) return false;
  }
  return true;
}

Status call_inwards(Cpu& cpu, const Descriptor& gate, const CodeTarget& target,
                    uint64_t return_rip) {
  const bool wide = cpu.long_mode_active();
  const unsigned width = gate_width(cpu, gate);
  InnerStack inner;
  if (!inner_stack(cpu, target.cpl, inner)) return Status::kFault;
  const auto stack_width = StackCursor::width_of(wide ? CodeMode::k64 : CodeMode::k32, inner.ss);
  StackCursor stack(cpu, inner.ss, inner.sp, stack_width, target.cpl, inner.ss.selector & 0xfffcu);
  const bool pushed = stack.push(cpu.segs[kSs].selector, width) &&
                      stack.push(cpu.regs[kRsp], width) &&
                      (wide || copy_parameters(cpu, gate.high & 31, width, stack)) &&
                      stack.push(cpu.segs[kCs].selector, width) && stack.push(return_rip, width);
  if (!pushed) return Status::kFault;
  cpu.regs[kRsp] = inner.sp;
  stack.commit();
  cpu.segs[kSs] = inner.ss;
  go_to(cpu, target);
  return Status::kOk;
}

}  // namespace

Status call_through_gate(Cpu& cpu, uint16_t selector, const Descriptor& gate, uint64_t return_rip) {
  CodeTarget target;
  if (!fetch_gate_code(cpu, selector, gate, true, target)) return Status::kFault;
  if (target.cpl != cpu.cpl) return call_inwards(cpu, gate, target, return_rip);
  const unsigned width = gate_width(cpu, gate);
  const CodeMode mode = cpu.long_mode_active() ? CodeMode::k64 : CodeMode::k32;
  StackCursor stack(cpu, cpu.segs[kSs], cpu.regs[kRsp], StackCursor::width_of(mode, cpu.segs[kSs]),
                    cpu.cpl, 0);
  if (!stack.push(cpu.segs[kCs].selector, width) || !stack.push(return_rip, width)) {
    return Status::kFault;
  }
  stack.commit();
  go_to(cpu, target);
  return Status::kOk;
}

Status jump_through_gate(Cpu& cpu, uint16_t selector, const Descriptor& gate) {
  CodeTarget target;
  if (!fetch_gate_code(cpu, selector, gate, false, target)) return Status::kFault;
  go_to(cpu, target);
  return Status::kOk;
}

}  // namespace vireo
