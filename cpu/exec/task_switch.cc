// Task switches: the order of steps is that of SDM 3A 7.3.
#include "cpu/exec/task_switch.h"

#include "cpu/exec/system_access.h"
#include "cpu/exec/task_image.h"
#include "cpu/mmu/pdpte.h"

namespace vireo {
namespace {

constexpr unsigned kBusy = 2;
constexpr uint64_t kLocalBreakpoints = 0x155;  // DR7.L0-L3 and LE
constexpr uint32_t kTaskFlags = 0x3f7fd7;      // what a TSS may set of EFLAGS

bool is_wide(unsigned tss_type) { return tss_type & 8; }

TaskImage current_image(const Cpu& cpu, const TaskSwitch& how) {
  TaskImage image;
  image.eip = static_cast<uint32_t>(how.return_rip);
  image.eflags = static_cast<uint32_t>(how.return_flags);
  if (how.entry == TaskEntry::kReturn) image.eflags &= ~static_cast<uint32_t>(kFlagNt);
  for (unsigned i = 0; i < 8; ++i) image.registers[i] = static_cast<uint32_t>(cpu.regs[i]);
  for (unsigned i = 0; i < 6; ++i) image.selectors[i] = cpu.segs[i].selector;
  return image;
}

// The last steps that may still be refused: both TSSs are read and written, and
// the new one's page directory pointers must be good.
bool save_old_task(Cpu& cpu, const TaskSwitch& how, const Segment& tss, TaskImage& next) {
  const bool wide = is_wide(tss.type());
  if (!read_task_image(cpu, tss.base, wide, next)) return false;
  if (!save_task_image(cpu, cpu.tr.base, is_wide(cpu.tr.type()), current_image(cpu, how))) {
    return false;
  }
  const bool nested = how.entry == TaskEntry::kCall || how.entry == TaskEntry::kEvent;
  if (nested && !write_system(cpu, tss.base, cpu.tr.selector)) return false;
  if (nested) next.eflags |= kFlagNt;
  return !(wide && uses_pae_paging(cpu.cr0, cpu.cr4, cpu.efer)) ||
         load_pdptes(cpu, next.cr3) == Status::kOk;
}

bool clear_busy(Cpu& cpu, uint16_t selector) {
  uint64_t va;
  uint32_t high;
  if (!descriptor_address(cpu, selector, 8, va)) return true;
  return read_system(cpu, va + 4, high) && write_system(cpu, va + 4, high & ~(kBusy << 8));
}

bool leaves_old_task(TaskEntry entry) {
  return entry == TaskEntry::kJump || entry == TaskEntry::kReturn;
}

// Whether the type of a TSS descriptor can be changed; writes what is there.
bool can_update(Cpu& cpu, uint16_t selector) {
  uint64_t va;
  uint32_t high;
  if (!descriptor_address(cpu, selector, 8, va)) return true;
  return read_system(cpu, va + 4, high) && write_system(cpu, va + 4, high);
}

// Before anything else is written, so that no fault comes between the busy bits
// of the two tasks (SDM 3A 7.3: all that the switch uses is paged in first).
bool can_update_busy_bits(Cpu& cpu, const TaskSwitch& how) {
  if (leaves_old_task(how.entry) && !can_update(cpu, cpu.tr.selector)) return false;
  return how.entry == TaskEntry::kReturn || can_update(cpu, how.selector);
}

bool update_busy_bits(Cpu& cpu, const TaskSwitch& how, Descriptor& tss) {
  if (leaves_old_task(how.entry) && !clear_busy(cpu, cpu.tr.selector)) return false;
  return how.entry == TaskEntry::kReturn || set_descriptor_type(cpu, how.selector, tss, kBusy);
}

void load_registers(Cpu& cpu, const TaskImage& image, bool wide) {
  if (wide && cpu.paging()) {
    cpu.cr3 = image.cr3;
    address_space_changed(cpu);
  }
  cpu.cr0 |= kCr0Ts;
  cpu.dr[7] &= ~kLocalBreakpoints;
  cpu.debug_registers_changed();
  cpu.write_rflags(image.eflags & kTaskFlags);
  cpu.rip = image.eip;
  for (unsigned i = 0; i < 8; ++i) cpu.regs[i] = image.registers[i];
  // The selectors are there at once; the hidden parts follow with their checks.
  for (unsigned i = 0; i < 6; ++i) {
    cpu.segs[i] = Segment{};
    cpu.segs[i].selector = image.selectors[i];
  }
  cpu.ldtr = Segment{};
  cpu.ldtr.selector = image.ldt;
  cpu.cpl = image.eflags & kFlagVm ? 3 : static_cast<uint8_t>(rpl_of(image.selectors[kCs]));
}

// --- in the new task: each raises its fault and returns false ---

bool load_ldt(Cpu& cpu, uint32_t ext) {
  const uint16_t selector = cpu.ldtr.selector;
  if (null_selector(selector)) return true;
  const auto refuse = [&] { return raise_selector(cpu, kVectorTs, selector, ext) == Status::kOk; };
  if (selector & 4) return refuse();
  Descriptor ldt;
  if (!fetch_descriptor(cpu, selector, kVectorTs, ext, ldt)) return false;
  if (ldt.code_or_data() || ldt.type() != kTypeLdt || !ldt.present()) return refuse();
  cpu.ldtr = ldt.segment(selector);
  return true;
}

bool load_code(Cpu& cpu, uint32_t ext) {
  const uint16_t selector = cpu.segs[kCs].selector;
  const unsigned rpl = rpl_of(selector);
  if (null_selector(selector)) return cpu.raise(kVectorTs, ext) == Status::kOk;
  Descriptor code;
  if (!fetch_descriptor(cpu, selector, kVectorTs, ext, code)) return false;
  const bool level_ok = code.conforming() ? code.dpl() <= rpl : code.dpl() == rpl;
  if (!code.is_code() || !level_ok) {
    return raise_selector(cpu, kVectorTs, selector, ext) == Status::kOk;
  }
  if (!code.present()) return raise_selector(cpu, kVectorNp, selector, ext) == Status::kOk;
  if (!mark_accessed(cpu, selector, code)) return false;
  cpu.segs[kCs] = code.segment(selector);
  return true;
}

bool load_stack(Cpu& cpu, uint32_t ext) {
  const uint16_t selector = cpu.segs[kSs].selector;
  if (null_selector(selector)) return cpu.raise(kVectorTs, ext) == Status::kOk;
  return fetch_stack_segment(cpu, selector, cpu.cpl, kVectorTs, ext, cpu.segs[kSs]);
}

bool load_data(Cpu& cpu, SegIndex index, uint32_t ext) {
  const uint16_t selector = cpu.segs[index].selector;
  if (null_selector(selector)) return true;
  Descriptor data;
  if (!fetch_descriptor(cpu, selector, kVectorTs, ext, data)) return false;
  if (!may_hold(cpu, data, selector)) {
    return raise_selector(cpu, kVectorTs, selector, ext) == Status::kOk;
  }
  if (!data.present()) return raise_selector(cpu, kVectorNp, selector, ext) == Status::kOk;
  if (!mark_accessed(cpu, selector, data)) return false;
  cpu.segs[index] = data.segment(selector);
  return true;
}

bool load_segments(Cpu& cpu, uint32_t ext) {
  if (!load_ldt(cpu, ext)) return false;
  if (cpu.v86()) {
    for (unsigned i = 0; i < 6; ++i) {
      load_real_segment(cpu, static_cast<SegIndex>(i), cpu.segs[i].selector);
    }
    return true;
  }
  return load_code(cpu, ext) && load_stack(cpu, ext) && load_data(cpu, kDs, ext) &&
         load_data(cpu, kEs, ext) && load_data(cpu, kFs, ext) && load_data(cpu, kGs, ext);
}

bool push_error_code(Cpu& cpu, const TaskSwitch& how, bool wide) {
  if (!how.has_error) return true;
  const auto width = StackCursor::width_of(CodeMode::k32, cpu.segs[kSs]);
  StackCursor stack(cpu, cpu.segs[kSs], cpu.regs[kRsp], width, cpu.cpl, how.ext);
  if (!stack.push(how.error_code, wide ? 4 : 2)) return false;
  stack.commit();
  return true;
}

bool begin_new_task(Cpu& cpu, const TaskSwitch& how, const TaskImage& image, bool wide) {
  const bool loaded = load_segments(cpu, how.ext);
  cpu.mode_changed();
  if (!loaded) return false;
  if (image.eip > cpu.segs[kCs].limit) return cpu.raise(kVectorGp, how.ext) == Status::kOk;
  if (!push_error_code(cpu, how, wide)) return false;
  if (image.trap) cpu.note_debug(kDr6Bt);
  return true;
}

}  // namespace

TaskOutcome switch_task(Cpu& cpu, const TaskSwitch& how) {
  Segment tss = how.tss.segment(how.selector);
  const bool wide = is_wide(tss.type());
  if (tss.limit < least_tss_limit(wide)) {
    raise_selector(cpu, kVectorTs, how.selector, how.ext);
    return TaskOutcome::kRefused;
  }
  TaskImage next;
  Descriptor descriptor = how.tss;
  if (!can_update_busy_bits(cpu, how) || !save_old_task(cpu, how, tss, next) ||
      !update_busy_bits(cpu, how, descriptor)) {
    return TaskOutcome::kRefused;
  }
  tss.attributes |= kBusy;
  cpu.tr = tss;
  load_registers(cpu, next, wide);
  cpu.trap_cancelled = true;
  return begin_new_task(cpu, how, next, wide) ? TaskOutcome::kDone : TaskOutcome::kFaulted;
}

bool fetch_task(Cpu& cpu, uint16_t selector, TaskEntry entry, uint32_t ext, Descriptor& out) {
  const bool back = entry == TaskEntry::kReturn;
  const Vector vector = back ? kVectorTs : kVectorGp;
  const auto refuse = [&] { return raise_selector(cpu, vector, selector, ext) == Status::kOk; };
  if (selector & 4) return refuse();
  if (!fetch_descriptor(cpu, selector, vector, ext, out)) return false;
  const unsigned wanted = back ? out.type() & ~kBusy : out.type();
  const bool busy = out.type() & kBusy;
  if (out.code_or_data() || !is_available_tss(wanted) || busy != back) return refuse();
  return out.present() || raise_selector(cpu, kVectorNp, selector, ext) == Status::kOk;
}

Status transfer_to_task(Cpu& cpu, uint16_t selector, const Descriptor& target, TaskEntry entry,
                        uint64_t return_rip) {
  TaskSwitch how{entry, selector, target, return_rip, cpu.read_rflags() & ~kFlagRf};
  if (target.type() == kTypeTaskGate) how.selector = target.gate_selector();
  if (!fetch_task(cpu, how.selector, entry, 0, how.tss)) return Status::kFault;
  return switch_task(cpu, how) == TaskOutcome::kRefused ? Status::kFault : Status::kOk;
}

Status return_to_task(Cpu& cpu, uint64_t return_rip) {
  uint16_t link;
  if (!read_system(cpu, cpu.tr.base, link)) return Status::kFault;
  TaskSwitch how{TaskEntry::kReturn, link, {}, return_rip, cpu.read_rflags() & ~kFlagRf};
  if (!fetch_task(cpu, link, TaskEntry::kReturn, 0, how.tss)) return Status::kFault;
  return switch_task(cpu, how) == TaskOutcome::kRefused ? Status::kFault : Status::kOk;
}

}  // namespace vireo
