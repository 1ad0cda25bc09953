// What all modes of event delivery share, and delivery in real mode.
#include "cpu/exec/delivery.h"

#include "cpu/exec/segment.h"
#include "cpu/exec/system_access.h"
#include "machine/base/trace_event.h"

namespace vireo {

namespace {

std::string_view kind_of(const GuestEvent& event) {
  if (event.by_instruction()) return "software_interrupt";
  return event.kind == Cpu::EventKind::kException ? "exception" : "interrupt";
}

}  // namespace

void log_event(Cpu& cpu, const GuestEvent& event) {
  if (!cpu.executing()) cpu.sync_clock(nullptr);
  TraceEvents::tell_sink(LogItem::kInt, kind_of(event),
                         {TraceField::hex("vector", event.vector),
                          TraceField::hex("error", event.error_code),
                          TraceField::count("cpl", cpu.cpl)});
  Log::print(LogItem::kInt,
             "{:6}: v={:02x} e={:04x} i={} cpl={} IP={:04x}:{:016x} pc={:016x} "
             "SP={:04x}:{:016x} CR2={:016x} icount={}",
             cpu.stats().exceptions + cpu.stats().interrupts, event.vector, event.error_code,
             event.by_instruction() ? 1 : 0, cpu.cpl, cpu.segs[kCs].selector, event.return_rip,
             cpu.seg_base[kCs] + event.return_rip, cpu.segs[kSs].selector, cpu.regs[kRsp], cpu.cr2,
             cpu.retired());
}

uint64_t frame_flags(const Cpu& cpu, const GuestEvent& event) {
  const uint64_t flags = cpu.read_rflags();
  // INT n and INT1 have themselves run to their ends, which clears RF.
  if (event.by_instruction()) return flags & ~kFlagRf;
  return event.resumes ? flags | kFlagRf : flags;
}

uint64_t flags_in_handler(uint64_t rflags, bool interrupt_gate) {
  rflags &= ~(kFlagTf | kFlagNt | kFlagRf | kFlagVm);
  return interrupt_gate ? rflags & ~kFlagIf : rflags;
}

bool fetch_gate_target(Cpu& cpu, uint16_t selector, uint32_t ext, GateTarget& out) {
  if (null_selector(selector)) return cpu.raise(kVectorGp, ext) == Status::kOk;
  Descriptor descriptor;
  if (!fetch_descriptor(cpu, selector, kVectorGp, ext, descriptor)) return false;
  const bool long_mode = cpu.long_mode_active();
  const bool shape_ok = descriptor.is_code() && descriptor.dpl() <= cpu.cpl &&
                        (!long_mode || (descriptor.long_mode() && !descriptor.big()));
  if (!shape_ok) return raise_selector(cpu, kVectorGp, selector, ext) == Status::kOk;
  if (!descriptor.present()) return raise_selector(cpu, kVectorNp, selector, ext) == Status::kOk;
  if (!mark_accessed(cpu, selector, descriptor)) return false;
  out.cpl = descriptor.conforming() ? cpu.cpl : descriptor.dpl();
  out.code = descriptor.segment(static_cast<uint16_t>((selector & ~3u) | out.cpl));
  return true;
}

Status deliver_real(Cpu& cpu, const GuestEvent& event) {
  const uint32_t entry = event.vector * 4u;
  if (entry + 3 > cpu.idtr.limit) return cpu.raise(kVectorGp, entry * 2 + 2 + event.ext());
  uint32_t target;
  if (!read_system(cpu, cpu.idtr.base + entry, target)) return Status::kFault;
  StackCursor stack(cpu, event.ext());
  const bool pushed = stack.push(cpu.read_rflags() & 0xffff, 2) &&
                      stack.push(cpu.segs[kCs].selector, 2) && stack.push(event.return_rip, 2);
  if (!pushed) return Status::kFault;
  stack.commit();
  load_real_segment(cpu, kCs, static_cast<uint16_t>(target >> 16));
  cpu.rip = target & 0xffff;
  cpu.write_rflags(cpu.read_rflags() & ~(kFlagIf | kFlagTf | kFlagAc | kFlagRf));
  return Status::kOk;
}

}  // namespace vireo
