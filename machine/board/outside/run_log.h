// -record and -replay: the row of what comes from outside, in a file.
#pragma once

#include <functional>
#include <string>

#include "machine/base/result.h"
#include "machine/board/instruction_alarms.h"
#include "machine/board/machine_config.h"
#include "machine/board/outside/outside.h"
#include "machine/board/run_control.h"

namespace vireo {

struct RunLogWiring {
  const MachineConfig& config;
  Outside& outside;
  InstructionAlarms& alarms;
  RunControl& control;
};

class RunLog {
 public:
  explicit RunLog(const RunLogWiring& wiring) : wiring_(wiring) {}

  // The file of -replay, or an empty recording without one.
  static Result<Recording> read(const ReplayConfig& config);
  // How the machine's Outside begins.
  static OutsideStart outside_start(const MachineConfig& config, Recording recording);
  // What a replay has to write to disks goes to overlays: the images stay as they are, for the
  // next one.
  static MachineConfig settled(const MachineConfig& config);

  // `description` is that of the machine as it begins; a replay needs the same one.
  Result<void> start(const std::function<std::string()>& description);
  Outside::OnTrouble on_trouble();

 private:
  Result<void> start_replay(const std::string& description);
  void arrive(uint64_t instructions);

  RunLogWiring wiring_;
};

}  // namespace vireo
