// `vireo trace ...`: the sub-commands that read instruction traces.
#pragma once

#include <span>
#include <string_view>

namespace vireo {

// `words` are those behind "trace". Returns the exit code: 0, or 1 for a difference, a
// mistake on the command line, or a file that cannot be read.
int run_trace_command(std::span<const std::string_view> words);

}  // namespace vireo
