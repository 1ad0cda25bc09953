// Debug exceptions: which conditions an instruction met, and when they are
// reported (SDM 3B 18.2, 18.3; 3A 6.8.3).
//
// Nothing here costs anything until a breakpoint is armed. Code breakpoints make
// the run loop take one instruction at a time. A page with a data breakpoint gets
// no tags in the TLB, so that each access to it takes the slow path, which asks
// data_accessed(); all other pages stay as fast as before.
#include "cpu/cpu.h"

namespace vireo {

void Cpu::debug_registers_changed() {
  const bool watched = breakpoints_.on_data();
  breakpoints_.load(dr, cr4 & kCr4De);
  update_watches_data();
  if (watched || breakpoints_.on_data()) mmu_.flush_all();
}

// Fault-class: before the instruction, unless RF says that this one has been
// reported, or MOV SS stands before it.
bool Cpu::meets_code_breakpoint() {
  if ((rflags & kFlagRf) || stack_shadow || between_iterations) return false;
  const uint64_t linear = code_mode == CodeMode::k64 ? rip : (rip + seg_base[kCs]) & 0xffffffff;
  debug_hits_ |= breakpoints_.code_hits(linear);
  return debug_hits_ != 0;
}

// A data breakpoint traps right behind its instruction, which therefore must run
// alone. What delivers an event is no instruction: there the hit is only noted.
bool Cpu::data_accessed(uint64_t linear, unsigned size, bool write) {
  const uint64_t hits = breakpoints_.data_hits(linear, size, write);
  DebugPoints::Hit hit;
  if (debug_points_ != nullptr) hit = debug_points_->meets(linear, size, write);
  if (hits == 0 && !hit.met) return true;
  if (executing() && !stepping) {
    restart_alone();
    return false;
  }
  note_debug(hits);
  if (hit.met) note_watchpoint(hit);
  return true;
}

void Cpu::port_accessed(const Op* op, uint16_t port, unsigned size, PortInstruction insn) {
  if (breakpoints_.on_ports()) note_debug(breakpoints_.port_hits(port, size));
  insn.at = retired_with(op);
  port_instruction_ = insn;
}

Status Cpu::raise_general_detect() {
  dr[6] |= kDr6Bd;
  debug_fault_ = true;
  return raise(kVectorDb);
}

// IRET has set RF for the one instruction that comes next.
void Cpu::resume_flag_loaded(const Op* op) { resume_flag_at_ = retired_with(op); }

uint64_t Cpu::retired_with(const Op* op) const {
  return retired_ + static_cast<uint64_t>(slice_ - budget - op->remaining + 1);
}

// With DEBUGCTL.BTF only branches trap.
bool Cpu::single_step_trap() const {
  if (trap_cancelled || stack_shadow || pending_.kind != Pending::Kind::kNone) return false;
  return branched || !(debug_control & kDebugControlBtf);
}

// What the instructions of one turn leave behind; `held` are the conditions
// that had been met, but not reported, before it.
void Cpu::finish_debug(bool trap, bool retired_any, uint64_t held) {
  const bool watched = debug_hits_ & kDebuggerHit;
  debug_hits_ &= ~kDebuggerHit;
  if (!retired_any) {
    debug_hits_ = held & ~kDebuggerHit;
    return;
  }
  if (trap && single_step_trap()) debug_hits_ |= kDr6Bs;
  if (resume_flag_at_ != retired_) rflags &= ~kFlagRf;
  if (watched) stop_for_debugger(watch_stop_);
}

// B0-B3 tell of this exception only; the other bits stay until software clears
// them.
void Cpu::raise_debug_trap() {
  if (debug_hits_ & kDebuggerHit) {
    debug_hits_ &= ~kDebuggerHit;
    return stop_for_debugger(watch_stop_);
  }
  dr[6] = (dr[6] & ~kDr6Breakpoints) | debug_hits_;
  debug_hits_ = 0;
  raise(kVectorDb);
}

}  // namespace vireo
