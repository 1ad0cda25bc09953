// Shared folders as a whole, after all options were read.
#pragma once

#include "machine/base/result.h"
#include "machine/board/machine_config.h"

namespace vireo {

// Every device's folder is there, and every mount tag names one device.
Result<void> check_folders(const MachineConfig& config);

}  // namespace vireo
