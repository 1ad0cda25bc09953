// A whole PC: what the command line (and tests) may do with it.
#pragma once

#include <memory>

#include "machine/base/result.h"
#include "machine/board/control_panel.h"
#include "machine/board/machine_config.h"
#include "machine/board/run_result.h"
#include "machine/board/snapshot/snapshots.h"
#include "machine/host/host_services.h"

namespace vireo {

class Machine {
 public:
  // Builds the machine, opens its disks and serial ports and loads its kernel.
  // Errors are lines for the user that name the file or option and the cure; no
  // file has been changed then. `host` must outlive the machine.
  static Result<std::unique_ptr<Machine>> create(const MachineConfig& config, HostServices& host);

  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Saves and loads the whole state, while it does not run or by way of its panel. A machine of
  // which the configuration names a snapshot has nothing to run before its load.
  Snapshots& snapshots();

  // What is left to do before run() and can fail for a reason of the user: -record and -replay
  // begin here, where the state is the one that they begin with.
  Result<void> prepare();

  // Runs until the guest, the user or a signal ends it. Disks are flushed and
  // channels drained when it returns.
  RunResult run();

  // What a user may see and do while it runs; valid as long as this.
  ControlPanel panel();

  // A number for the whole state: processor, RAM, devices, time. Equal for equal
  // runs, whatever the host. Reads all RAM, so not for use in a hurry.
  uint64_t state_hash() const;

 private:
  struct Parts;
  explicit Machine(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace vireo
