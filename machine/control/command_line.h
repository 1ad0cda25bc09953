// The command line: words in, a checked machine description out. Touches no file.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machine/base/result.h"
#include "machine/board/machine_config.h"
#include "machine/board/outside/time_travel.h"
#include "machine/control/ends/ends_config.h"
#include "machine/control/qmp/qmp_place.h"
#include "machine/control/scheduled_command.h"

namespace vireo {

struct CommandLine {
  MachineConfig config;
  // Where monitors and clients of QMP are, and what runs by itself at its time.
  std::vector<ChannelSpec> monitors;
  std::vector<QmpPlace> qmp;
  std::vector<ScheduledCommand> scheduled;
  // When the run ends, and how that is told.
  EndsConfig ends;
  std::string pidfile;  // where the number of the process goes; empty: nowhere
  // Lines for stderr before the run, without "vireo:".
  std::vector<std::string> notes;
  // Help was asked for: print this and run nothing.
  std::optional<std::string> print;
  // Where a debugger finds the machine.
  std::optional<ChannelSpec> gdb;
  // What is kept for it to go back to; nothing: it cannot.
  std::optional<TimeTravelOptions> gdb_history = TimeTravelOptions{};
  bool window = false;  // the screen is shown in one
  // Nothing runs until somebody says so.
  bool start_stopped = false;
};

// `arguments` without the program's name. The error is the first one found, as
// one line that names the option and the cure.
Result<CommandLine> parse_command_line(std::span<const std::string_view> arguments);

}  // namespace vireo
