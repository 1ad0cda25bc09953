// From a checked command line to the exit code of the process.
#pragma once

#include <span>
#include <string_view>

#include "machine/base/result.h"
#include "machine/control/command_line.h"

namespace vireo {

// Builds the machine on the real host, runs it, and says on stderr why it ended
// unless the guest simply switched itself off.
int run_command_line(const CommandLine& command_line);

// Says what is wrong with the words of a command line, in the exit report too when they ask
// for one. Returns the exit code.
int refuse_command_line(std::span<const std::string_view> arguments, const Error& error);

}  // namespace vireo
