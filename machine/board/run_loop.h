// The loop that runs a machine: processors, events, input, idle time, and the ends.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "machine/base/result.h"
#include "machine/board/core.h"
#include "machine/board/guest_requests.h"
#include "machine/board/idle.h"
#include "machine/board/input_gate.h"
#include "machine/board/machine_config.h"
#include "machine/board/processors.h"
#include "machine/board/run_control.h"
#include "machine/board/run_result.h"
#include "machine/board/run_state.h"
#include "machine/board/serial_ports.h"
#include "machine/host/host_services.h"

namespace vireo {

struct RunLoopWiring {
  const MachineConfig& config;
  HostServices& host;
  MachineCore& core;
  Processors& processors;
  InputGate& input;
  SerialPorts& serials;
  GuestRequests& requests;
  RunControl& control;
  MachineEvents& news;
  RunState& state;
  std::function<Result<void>()> reset_machine;
};

class RunLoop {
 public:
  explicit RunLoop(const RunLoopWiring& wiring);

  // Until the guest, the user or a signal ends the run.
  RunResult run();

 private:
  using Ended = std::optional<RunResult>;

  Ended look_outside();
  Ended obey_user();
  Ended wait_while_stopped();
  Ended act_on_request();
  Ended act_on_reset(StopReason reason, std::string message);
  Ended act_on_exit(CpuExit exit);
  Ended halted();
  std::string whose();
  Ended powered_off();
  void poll_input_when_due();
  bool another_state();
  bool begin_turn();
  uint64_t budget() const;

  const MachineConfig& config_;
  HostServices& host_;
  MachineCore& core_;
  Processors& processors_;
  InputGate& input_;
  SerialPorts& serials_;
  GuestRequests& requests_;
  RunControl& control_;
  MachineEvents& news_;
  std::function<Result<void>()> reset_machine_;
  Idle idle_;
  RunState& state_;
  uint64_t poll_interval_ns_;
};

}  // namespace vireo
