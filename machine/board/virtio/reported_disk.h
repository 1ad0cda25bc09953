// A disk whose failures are told to the machine's listeners.
#pragma once

#include <memory>
#include <string>

#include "machine/base/block_backend.h"
#include "machine/board/machine_events.h"

namespace vireo {

// Passes everything on; what fails is told with the drive's id and why. `news` must outlive it.
std::unique_ptr<BlockBackend> report_errors(std::unique_ptr<BlockBackend> disk, std::string drive,
                                            const MachineEvents& news);

}  // namespace vireo
