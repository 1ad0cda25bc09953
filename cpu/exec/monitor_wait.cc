// MONITOR and MWAIT (SDM 2B). An armed line is watched as decoded code is: its page
// is marked, so that stores of any processor and of devices to it are told to this
// one (machine/base/guest_memory.h), which costs those stores their fast path.
#include "cpu/exec/operands.h"
#include "cpu/exec/segment_check.h"
#include "cpu/exec/system_access.h"

namespace vireo {

void Cpu::arm_monitor(GuestAddr addr) {
  disarm_monitor();
  monitor_.armed = true;
  monitor_.line = addr.value & ~(StoreMonitor::kLineBytes - 1);
  memory_.add_code(addr.page());
}

void Cpu::disarm_monitor() {
  if (!monitor_.armed) return;
  monitor_.armed = false;
  memory_.remove_code(GuestAddr{monitor_.line}.page());
}

void Cpu::wait_for_store(bool any_interrupt) {
  if (!monitor_.armed) return;
  halted = true;
  monitor_.waiting = true;
  monitor_.any_interrupt = any_interrupt;
}

void Cpu::monitored_line_written() {
  disarm_monitor();
  if (!waits_for_store()) return;
  halted = monitor_.waiting = false;
  if (apic_ != nullptr) apic_->woken_by_store();
}

namespace {

constexpr uint64_t kMwaitBreakOnInterrupt = 1;

// #UD at other levels than 0, and where IA32_MISC_ENABLE hides both instructions.
Status allowed(Cpu& cpu) {
  if (cpu.cpl == 0 && (cpu.misc_enable & kMiscEnableMonitor)) return Status::kOk;
  return cpu.raise(kVectorUd);
}

uint64_t hints(const Cpu& cpu) {
  return low_bytes(cpu.regs[kRcx], cpu.code_mode == CodeMode::k64 ? 8 : 4);
}

// The linear address DS:rAX, or in the segment of the prefix; checked as a load of
// one byte is.
bool monitored_address(Cpu& cpu, const Op* op, uint64_t& va) {
  const uint64_t offset = low_bytes(cpu.regs[kRax], op->addr_size);
  Linear at{offset + cpu.seg_base[op->seg], true};
  if (cpu.code_mode != CodeMode::k64) at = legacy_linear(cpu, op, offset);
  va = at.va;
  return at.ok && settle(cpu, va, 1, Access::kRead);
}

}  // namespace

namespace sys {

// Memory of devices cannot be watched: MWAIT then does not wait.
Status monitor(Cpu& cpu, const Op* op) {
  if (allowed(cpu) != Status::kOk) return Status::kFault;
  if (hints(cpu) != 0) return cpu.raise(kVectorGp, 0);
  uint64_t va = 0;
  Translation at;
  if (!monitored_address(cpu, op, va) ||
      !cpu.mmu().translate(cpu, va, Access::kRead, privilege_class(cpu, cpu.cpl), at)) {
    return Status::kFault;
  }
  cpu.arm_monitor(at.physical);
  return Status::kOk;
}

Status mwait(Cpu& cpu, const Op*) {
  if (allowed(cpu) != Status::kOk) return Status::kFault;
  if (hints(cpu) & ~kMwaitBreakOnInterrupt) return cpu.raise(kVectorGp, 0);
  cpu.wait_for_store(hints(cpu) & kMwaitBreakOnInterrupt);
  return Status::kOk;
}

}  // namespace sys
}  // namespace vireo
