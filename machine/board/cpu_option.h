// What the command line needs to know of processors: checking -cpu, explaining it.
#pragma once

#include <string>
#include <string_view>

#include "machine/base/result.h"

namespace vireo {

// Whether MachineConfig::cpu_model may be `spec`.
Result<void> check_cpu_option(std::string_view spec);
// The text of -cpu help.
std::string cpu_option_help();

}  // namespace vireo
