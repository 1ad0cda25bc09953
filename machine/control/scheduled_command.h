// A monitor command that runs at a moment of virtual time, and so at the same one in each run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "machine/base/result.h"

namespace vireo {

struct ScheduledCommand {
  // When the first line that matches this was printed on the first serial port (an ECMAScript
  // regular expression, found anywhere in the line); empty: at the power-on.
  std::string marker;
  uint64_t after_ns = 0;  // so much later
  std::string command;
  // Or when so many instructions have retired; marker and after_ns do not count then.
  std::optional<uint64_t> instructions = {};
};

// "2.5s,COMMAND", "insns=1000000,COMMAND", "marker=REGEX,COMMAND", "marker=REGEX,after=10ms,
// COMMAND": a comma in a marker is doubled. Errors begin with "-at".
Result<ScheduledCommand> parse_scheduled_command(std::string_view text);

// The moment alone, without a command. Errors begin with `option`.
Result<ScheduledCommand> parse_moment(std::string_view option, std::string_view text);

// "2.5s", "800ms", "10us", "7ns"; nothing when it is none of these or too long.
std::optional<uint64_t> parse_duration_ns(std::string_view text);

}  // namespace vireo
