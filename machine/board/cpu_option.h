// What the command line needs to know of processors: checking -cpu, explaining it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machine/base/result.h"

namespace vireo {

// Whether MachineConfig::cpu_model may be `spec`.
Result<void> check_cpu_option(std::string_view spec);
// The models' names.
std::vector<std::string_view> cpu_model_names();
// Every feature that a processor may have here, and whether that of `spec` has it.
Result<std::vector<std::pair<std::string_view, bool>>> cpu_option_features(std::string_view spec);
// The text of -cpu help.
std::string cpu_option_help();

}  // namespace vireo
