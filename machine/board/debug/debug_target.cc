#include "machine/board/debug/debug_target.h"

#include <algorithm>

namespace vireo {

DebugTarget::DebugTarget(MachineCore& core, Processors& processors, RunControl& run)
    : core_(core), processors_(processors), run_(run) {}

void DebugTarget::attach() {
  attached_ = true;
  for (size_t i = 0; i < cpus(); ++i) {
    cpu(i).attach_debugger(&points_, [this, i](const DebugStop& stop) { came_to_stop(i, stop); });
  }
}

void DebugTarget::detach() {
  end_step();
  attached_ = false;
  points_ = {};
  breakpoints_.clear();
  stop_.reset();
  for (size_t i = 0; i < cpus(); ++i) cpu(i).attach_debugger(nullptr, {});
}

std::string DebugTarget::state_of(size_t index) const {
  return processors_.at(index).awake() ? "running" : "halted";
}

// --- registers and memory ---

std::span<const DebugRegister> DebugTarget::registers() const { return debug_registers(cpu(0)); }

RegisterValue DebugTarget::read_register(size_t index, size_t number) const {
  const DebugRegister& row = registers()[number];
  RegisterValue value;
  row.read(cpu(index), row.index, value);
  return value;
}

bool DebugTarget::write_register(size_t index, size_t number, const RegisterValue& value) {
  const DebugRegister& row = registers()[number];
  if (read_register(index, number).bytes == value.bytes) return true;
  if (!row.write(cpu(index), row.index, value)) return false;
  changed();
  return true;
}

// Calls access(physical, offset, size) for the part in each page, until one is not there or not
// taken. Returns the bytes before it.
template <typename Access>
size_t DebugTarget::each_page(size_t index, uint64_t address, size_t size,
                              const Access& access) const {
  size_t done = 0;
  while (done < size) {
    const uint64_t at = address + done;
    const size_t part = std::min<size_t>(size - done, kPageSize - (at & kPageMask));
    GuestAddr physical;
    if (!Mmu::probe(cpu(index), at, physical) || !access(physical, done, part)) break;
    done += part;
  }
  return done;
}

size_t DebugTarget::read_virtual(size_t index, uint64_t address, std::span<std::byte> out) const {
  return each_page(index, address, out.size(), [&](GuestAddr at, size_t offset, size_t size) {
    return core_.memory.read_as_cpu(at, out.subspan(offset, size));
  });
}

size_t DebugTarget::read_physical(uint64_t address, std::span<std::byte> out) const {
  size_t done = 0;
  while (done < out.size()) {
    const uint64_t at = address + done;
    const size_t part = std::min<size_t>(out.size() - done, kPageSize - (at & kPageMask));
    if (!core_.memory.read_bytes(GuestAddr{at}, out.subspan(done, part))) break;
    done += part;
  }
  return done;
}

bool DebugTarget::write_virtual(size_t index, uint64_t address, std::span<const std::byte> in) {
  const auto all_there = [&](GuestAddr at, size_t, size_t) {
    return core_.memory.host_page(at.page()).writable;
  };
  if (each_page(index, address, in.size(), all_there) != in.size()) return false;
  each_page(index, address, in.size(), [&](GuestAddr at, size_t offset, size_t size) {
    return core_.memory.write_as_cpu(at, in.subspan(offset, size));
  });
  changed();
  return true;
}

bool DebugTarget::write_physical(uint64_t address, std::span<const std::byte> in) {
  if (!core_.memory.write_bytes(GuestAddr{address}, in)) return false;
  changed();
  return true;
}

void DebugTarget::changed() {
  if (on_change_) on_change_();
}

// --- breakpoints and watchpoints ---

void DebugTarget::place_breakpoint(uint64_t linear, bool there) {
  if (there)
    points_.add_breakpoint(linear);
  else
    points_.remove_breakpoint(linear);
  for (size_t i = 0; i < cpus(); ++i) cpu(i).breakpoint_changed(linear);
}

void DebugTarget::add_breakpoint(uint64_t linear) {
  breakpoints_.push_back(linear);
  place_breakpoint(linear, true);
}

bool DebugTarget::remove_breakpoint(uint64_t linear) {
  const auto at = std::find(breakpoints_.begin(), breakpoints_.end(), linear);
  if (at == breakpoints_.end()) return false;
  breakpoints_.erase(at);
  place_breakpoint(linear, false);
  return true;
}

void DebugTarget::tell_watchpoints() {
  for (size_t i = 0; i < cpus(); ++i) cpu(i).watchpoints_changed();
}

void DebugTarget::add_watchpoint(uint64_t linear, uint64_t size, DebugPoints::Watch watch) {
  points_.add_watchpoint(linear, size, watch);
  tell_watchpoints();
}

bool DebugTarget::remove_watchpoint(uint64_t linear, uint64_t size, DebugPoints::Watch watch) {
  if (!points_.remove_watchpoint(linear, size, watch)) return false;
  tell_watchpoints();
  return true;
}

// --- going on and stopping ---

void DebugTarget::go_on() {
  stop_.reset();
  end_step();
  run_.resume();
}

void DebugTarget::step(size_t index, bool into_interrupts) {
  go_on();
  step_ = Step{.cpu = index, .into_interrupts = into_interrupts};
  begin_step();
}

// From where the processor stands now.
void DebugTarget::begin_step() {
  Cpu& c = cpu(step_->cpu);
  step_->serving = false;
  step_->linear = c.linear_ip(c.rip);
  step_->stack = c.regs[kRsp];
  step_->interrupts = c.stats().interrupts;
  c.pass_breakpoint();
  c.step_for_debugger(true);
}

void DebugTarget::end_step() {
  if (!step_) return;
  if (step_->serving) place_breakpoint(step_->linear, false);
  cpu(step_->cpu).step_for_debugger(false);
  step_.reset();
}

// Until it has returned to where the step began.
void DebugTarget::serve_interrupt() {
  cpu(step_->cpu).step_for_debugger(false);
  step_->serving = true;
  place_breakpoint(step_->linear, true);
}

// Whether a stop is but a part of the step under way.
bool DebugTarget::step_goes_on(size_t index, const DebugStop& stop) {
  Cpu& c = cpu(index);
  const bool own = step_ && step_->cpu == index;
  if (stop.kind == DebugStop::Kind::kStep) {
    if (!own || step_->into_interrupts || c.stats().interrupts == step_->interrupts) return false;
    serve_interrupt();
    return true;
  }
  if (stop.kind == DebugStop::Kind::kWatchpoint) return false;
  const bool back = own && step_->serving && stop.address == step_->linear;
  if (back && c.regs[kRsp] == step_->stack) {
    place_breakpoint(step_->linear, false);
    begin_step();
    return true;
  }
  const bool wanted =
      std::find(breakpoints_.begin(), breakpoints_.end(), stop.address) != breakpoints_.end();
  return !wanted;
}

void DebugTarget::came_to_stop(size_t index, const DebugStop& stop) {
  if (observer_) return observer_(Stop{index, stop});
  if (step_goes_on(index, stop)) return;
  end_step();
  stop_ = Stop{index, stop};
  run_.stop();
}

std::optional<DebugTarget::Stop> DebugTarget::take_stop() {
  return std::exchange(stop_, std::nullopt);
}

}  // namespace vireo
