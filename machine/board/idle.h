// How time passes while the processor is halted.
#pragma once

#include <cstdint>

#include "machine/board/core.h"
#include "machine/board/input_gate.h"
#include "machine/board/machine_config.h"
#include "machine/board/run_state.h"
#include "machine/host/host_services.h"

namespace vireo {

// Either virtual time jumps to the next event, or it goes on with the host's
// clock for as long as nothing happens (-icount sleep=).
class Idle {
 public:
  Idle(const IcountConfig& config, HostServices& host, MachineCore& core, InputGate& input,
       RunState& state)
      : config_(config), host_(host), core_(core), input_(input), state_(state) {}

  // Lets time pass until the next event is due or input comes, whichever is
  // first; less when the host is interrupted.
  void pass_time();

 private:
  bool follows_host() const;
  void sleep_until(uint64_t deadline_ns);

  IcountConfig config_;
  HostServices& host_;
  MachineCore& core_;
  InputGate& input_;
  RunState& state_;
};

}  // namespace vireo
