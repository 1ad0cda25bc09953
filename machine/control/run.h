// From a checked command line to the exit code of the process.
#pragma once

#include "machine/control/command_line.h"

namespace vireo {

// Builds the machine on the real host, runs it, and says on stderr why it ended
// unless the guest simply switched itself off.
int run_command_line(const CommandLine& command_line);

}  // namespace vireo
