// What a user may ask of a running machine as a whole, from a monitor or by a schedule.
#pragma once

#include <optional>
#include <utility>

#include "machine/board/guest_requests.h"
#include "machine/board/machine_events.h"
#include "machine/board/run_result.h"
#include "machine/devices/acpi_pm.h"

namespace vireo {

// Called between instructions only: at the poll points of the run loop or from an event. The
// run loop obeys before the next instruction.
class RunControl {
 public:
  // What is done is told by `news`. All must outlive this.
  RunControl(GuestRequests& requests, AcpiPm& power, MachineEvents& news)
      : requests_(requests), power_(power), news_(news) {}

  // Ends the run.
  void quit() { quit_ = true; }
  bool quit_wanted() const { return quit_; }
  // Ends it with this result, whose counts the run loop fills in. The first one counts.
  void end(RunResult result) {
    if (!end_) end_ = std::move(result);
  }
  const std::optional<RunResult>& wanted_end() const { return end_; }

  // Time stands still while the machine is stopped; only monitors are heard.
  void stop() { set_stopped(true); }
  void resume() { set_stopped(false); }
  bool stopped() const { return stopped_; }

  // The reset button, and the power button: what the latter does is up to the guest.
  void reset() { requests_.reset_by_user(); }
  void press_power_button() {
    news_.tell({MachineEvent::Kind::kPowerButton});
    power_.press_power_button();
  }

  // -no-shutdown keeps a machine that has been switched off; only a reset brings it back.
  void set_powered_off(bool off) { powered_off_ = off; }
  bool powered_off() const { return powered_off_; }

 private:
  void set_stopped(bool stopped) {
    if (stopped_ == stopped) return;
    stopped_ = stopped;
    news_.tell({stopped ? MachineEvent::Kind::kStop : MachineEvent::Kind::kResume});
  }

  GuestRequests& requests_;
  AcpiPm& power_;
  MachineEvents& news_;
  bool quit_ = false;
  std::optional<RunResult> end_;
  bool stopped_ = false;
  bool powered_off_ = false;
};

}  // namespace vireo
