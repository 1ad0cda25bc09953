// How a processor stops for a debugger outside the machine, at no cost while there is none.
//
// A block of code ends in front of each address where a breakpoint may be, and one that begins
// there has an op in front which looks. A page with a watchpoint gets no tags in the TLB, as one
// with a data breakpoint of the guest's own does not (cpu/exec/debug.cc). What an instruction
// does and how it counts never depends on either.
#include "cpu/cpu.h"

namespace vireo {

void Cpu::attach_debugger(const DebugPoints* points, std::function<void(const DebugStop&)> stop) {
  debug_points_ = points;
  on_debug_stop_ = std::move(stop);
  blocks_.clear(*this);
  watchpoints_changed();
}

void Cpu::breakpoint_changed(uint64_t linear) { blocks_.cut_at(memory_, linear & kPageMask); }

void Cpu::watchpoints_changed() {
  update_watches_data();
  mmu_.flush_all();
}

void Cpu::update_watches_data() {
  watches_data_ =
      breakpoints_.on_data() || (debug_points_ != nullptr && debug_points_->watches_data());
}

// Reported once: the run then goes on with the instruction. A REP instruction goes on from part
// to part without being reported again.
bool Cpu::meets_breakpoint(const Op* op) {
  const uint64_t linear = linear_ip(rip_of(op));
  if (debug_points_ == nullptr || !debug_points_->breaks_at(linear)) return false;
  const uint64_t count = retired_with(op) - 1;
  if (iterating_ && count == retired_) return false;
  if (passed_.count == count && passed_.linear == linear) return false;
  passed_ = {count, linear, step_next_};
  stop_for_debugger({DebugStop::Kind::kBreakpoint, linear, {}});
  return true;
}

bool Cpu::span_allowed(uint64_t linear, uint64_t size, bool write) {
  if (debug_points_ == nullptr || stepping) return true;
  if (!debug_points_->meets(linear, size, write).met) return true;
  restart_alone();
  return false;
}

void Cpu::span_accessed(uint64_t linear, uint64_t size, bool write) {
  if (debug_points_ == nullptr || size == 0) return;
  const DebugPoints::Hit hit = debug_points_->meets(linear, size, write);
  if (hit.met) note_watchpoint(hit);
}

void Cpu::note_watchpoint(const DebugPoints::Hit& hit) {
  if (!(debug_hits_ & kDebuggerHit)) {
    watch_stop_ = {DebugStop::Kind::kWatchpoint, hit.address, hit.watch};
  }
  debug_hits_ |= kDebuggerHit;
}

void Cpu::stop_for_debugger(const DebugStop& stop) {
  pending_.kind = Pending::Kind::kDebugger;
  debug_stop_ = stop;
}

void Cpu::tell_debugger() {
  pending_ = {};
  if (debug_stop_.kind == DebugStop::Kind::kBreakpoint) step_next_ = passed_.alone;
  if (on_debug_stop_) on_debug_stop_(debug_stop_);
}

}  // namespace vireo
