#include "machine/board/run_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "machine/base/trace_event.h"

namespace vireo {
namespace {

// Input is looked for each millisecond of virtual time, but not so often that
// looking would take longer than running.
constexpr uint64_t kPollIntervalNs = 1'000'000;
constexpr uint64_t kPollInstructions = 65536;
// The host's wishes are looked at after at most this many turns of the loop, and
// with each poll.
constexpr unsigned kTurnsPerLook = 64;

// Why a run ends, for listeners: who did it, and QEMU's word for it.
MachineEvent shutdown_event(StopReason reason, bool reset_by_user) {
  const auto guest = [](std::string_view cause) {
    return MachineEvent{MachineEvent::Kind::kShutdown, true, cause};
  };
  const auto host = [](std::string_view cause) {
    return MachineEvent{MachineEvent::Kind::kShutdown, false, cause};
  };
  switch (reason) {
    case StopReason::kGuestReset:
      return reset_by_user ? host("host-qmp-system-reset") : guest("guest-reset");
    case StopReason::kGuestPanic:
      return guest("guest-panic");
    case StopReason::kTripleFault:
      return guest("guest-reset");
    case StopReason::kUserQuit:
      return host("host-qmp-quit");
    case StopReason::kSignal:
      return host("host-signal");
    case StopReason::kInternalError:
    case StopReason::kStartFailed:
      return host("host-error");
    // What the command line waits for.
    case StopReason::kUntil:
    case StopReason::kFailOn:
    case StopReason::kSerialDiffers:
    case StopReason::kNotReached:
    case StopReason::kLimit:
    case StopReason::kReplayDiverged:
    case StopReason::kReplayOver:
      return host("host-ui");
    default:
      return guest("guest-shutdown");
  }
}

RunResult ended(StopReason reason, std::string message, uint32_t detail = 0) {
  return RunResult{reason, exit_code_for(reason, detail), std::move(message), 0, 0};
}

}  // namespace

RunLoop::RunLoop(const RunLoopWiring& wiring)
    : config_(wiring.config),
      host_(wiring.host),
      core_(wiring.core),
      processors_(wiring.processors),
      input_(wiring.input),
      serials_(wiring.serials),
      requests_(wiring.requests),
      control_(wiring.control),
      news_(wiring.news),
      reset_machine_(wiring.reset_machine),
      idle_(wiring.config.icount, wiring.host, wiring.core, wiring.input, wiring.state),
      state_(wiring.state),
      poll_interval_ns_(std::max(kPollIntervalNs, kPollInstructions << wiring.core.clock.shift())) {
}

RunResult RunLoop::run() {
  Ended end;
  while (!end) {
    if (!begin_turn()) continue;
    const bool stood_still = control_.stopped();
    if ((end = look_outside()) || (end = obey_user())) break;
    // Whoever lets it go on may have taken it to another moment, where other things are due.
    if (stood_still || control_.stopped()) continue;
    const CpuExit exit = processors_.run(budget());
    end = requests_.kind() != GuestRequests::Kind::kNone ? act_on_request() : act_on_exit(exit);
  }
  end->instructions = core_.clock.instructions();
  end->virtual_ns = core_.clock.now_ns();
  news_.tell(shutdown_event(end->reason, requests_.by_user()));
  if (TraceEvents::on(LogItem::kMachine)) {
    TraceEvents::tell(LogItem::kMachine, "end",
                      {TraceField::word("reason", reason_name(end->reason)),
                       TraceField::count("code", static_cast<uint64_t>(end->exit_code))});
  }
  return *end;
}

// What comes between two runs of the CPU. False: begin again, with another state.
bool RunLoop::begin_turn() {
  if (std::exchange(state_.after_poll, false)) return true;
  core_.alarms.run_due(core_.clock);
  if (another_state()) return false;
  core_.events.run_due();
  if (another_state()) return false;
  poll_input_when_due();
  return !another_state();
}

// Whether a snapshot was loaded in the meantime.
bool RunLoop::another_state() { return std::exchange(state_.loaded, false); }

// At multiples of the interval, whatever else ends a run of the CPU.
void RunLoop::poll_input_when_due() {
  const uint64_t now = core_.clock.now_ns();
  if (now < state_.next_poll_ns) return;
  state_.next_poll_ns = (now / poll_interval_ns_ + 1) * poll_interval_ns_;
  state_.polling = true;
  input_.poll();
  state_.polling = false;
  state_.turns = kTurnsPerLook;
}

RunLoop::Ended RunLoop::look_outside() {
  if (++state_.turns < kTurnsPerLook) return std::nullopt;
  state_.turns = 0;
  const StopRequest stop = host_.stop_request();
  switch (stop.kind) {
    case StopRequest::Kind::kNone:
      return std::nullopt;
    case StopRequest::Kind::kUserQuit:
      return ended(StopReason::kUserQuit, "ended by Ctrl-A X");
    case StopRequest::Kind::kSignal:
      break;
  }
  return ended(StopReason::kSignal, fmt::format("ended by signal {}", stop.signal),
               static_cast<uint32_t>(stop.signal));
}

// What commands asked for, from a monitor or by an event.
RunLoop::Ended RunLoop::obey_user() {
  if (control_.wanted_end()) return control_.wanted_end();
  if (control_.quit_wanted()) return ended(StopReason::kUserQuit, "ended by the user");
  if (requests_.kind() != GuestRequests::Kind::kNone) return act_on_request();
  return control_.stopped() ? wait_while_stopped() : std::nullopt;
}

RunLoop::Ended RunLoop::wait_while_stopped() {
  state_.turns = kTurnsPerLook;
  if (auto end = look_outside()) return end;
  if (!input_.poll_while_stopped()) {
    input_.flush();
    (void)host_.wait_for_input(UINT64_MAX);
  }
  return std::nullopt;
}

uint64_t RunLoop::budget() const {
  uint64_t deadline = state_.next_poll_ns;
  if (const auto event = core_.events.next_deadline_ns()) deadline = std::min(deadline, *event);
  const uint64_t until = std::min(core_.clock.instructions_until(deadline),
                                  core_.alarms.next() - core_.clock.instructions());
  return std::max<uint64_t>(until, 1);
}

RunLoop::Ended RunLoop::act_on_request() {
  const GuestRequests::Kind kind = requests_.kind();
  const uint32_t code = requests_.code();
  requests_.clear();
  switch (kind) {
    case GuestRequests::Kind::kNone:
      return std::nullopt;
    case GuestRequests::Kind::kPowerOff:
      return powered_off();
    case GuestRequests::Kind::kReset:
      return act_on_reset(StopReason::kGuestReset, "the guest reset the machine");
    case GuestRequests::Kind::kDebugExit:
      break;
  }
  return ended(StopReason::kDebugExit, fmt::format("the guest ended the run with code {}", code),
               code);
}

RunLoop::Ended RunLoop::act_on_reset(StopReason reason, std::string message) {
  const std::string panic = serials_.panic();
  if (!panic.empty() && TraceEvents::on(LogItem::kMachine)) {
    TraceEvents::tell(LogItem::kMachine, "panic", {TraceField::word("message", panic)});
  }
  if (TraceEvents::on(LogItem::kMachine)) {
    TraceEvents::tell(LogItem::kMachine, "reset", {TraceField::word("reason", message)});
  }
  if (config_.no_reboot) {
    if (panic.empty()) return ended(reason, std::move(message));
    return ended(StopReason::kGuestPanic, fmt::format("the guest panicked: {}", panic));
  }
  serials_.clear_panic();
  if (auto reset = reset_machine_(); !reset) {
    return ended(StopReason::kInternalError, reset.error().message);
  }
  const bool by_user = reason == StopReason::kGuestReset && requests_.by_user();
  news_.tell({MachineEvent::Kind::kReset, !by_user,
              by_user ? "host-qmp-system-reset" : "guest-reset"});
  return std::nullopt;
}

// Names the processor whose turn it was where there are several.
std::string RunLoop::whose() {
  if (processors_.size() == 1) return "";
  return fmt::format(" of vCPU {}", processors_.current().index());
}

RunLoop::Ended RunLoop::act_on_exit(CpuExit exit) {
  switch (exit) {
    case CpuExit::kBudget:
    case CpuExit::kRequest:
    case CpuExit::kYield:
      return std::nullopt;
    case CpuExit::kTripleFault:
      return act_on_reset(
          StopReason::kTripleFault,
          fmt::format("triple fault at rip {:#x}{}", processors_.current().cpu().rip, whose()));
    case CpuExit::kHalted:
      break;
  }
  return halted();
}

RunLoop::Ended RunLoop::halted() {
  if (control_.stopped()) return std::nullopt;  // time stands still already
  if (processors_.dead()) {
    return ended(
        StopReason::kDeadHalt,
        fmt::format("halted with interrupts off at rip {:#x}{}: nothing can wake the guest",
                    processors_.current().cpu().rip, whose()));
  }
  if (!input_.poll()) idle_.pass_time();
  return std::nullopt;
}

// With -no-shutdown the machine stays, switched off, until the user has seen it.
RunLoop::Ended RunLoop::powered_off() {
  if (!config_.no_shutdown) return ended(StopReason::kGuestPowerOff, "");
  control_.set_powered_off(true);
  news_.tell(shutdown_event(StopReason::kGuestPowerOff, false));
  news_.tell({MachineEvent::Kind::kStop});
  Ended end;
  while (!end && requests_.kind() != GuestRequests::Kind::kReset) {
    requests_.clear();
    if (!(end = wait_while_stopped()) && control_.quit_wanted()) end = obey_user();
  }
  control_.set_powered_off(false);
  if (!end) news_.tell({MachineEvent::Kind::kResume});
  return end;
}

}  // namespace vireo
