// A -drive as a device sees it: the image opened, its format and its caching applied.
#pragma once

#include <memory>
#include <string>

#include "machine/base/block_backend.h"
#include "machine/base/result.h"
#include "machine/board/machine_config.h"
#include "machine/host/host_services.h"

namespace vireo {

// Opens and locks the image. With snapshot the file stays as it is and writes go to a
// scratch file. Errors name the file and the cure. With `any_size` the size of a raw file is the
// caller's to check.
Result<std::unique_ptr<BlockBackend>> open_disk(const DriveConfig& drive, HostServices& host,
                                                bool any_size = false);

// The drive with this id, or null.
const DriveConfig* find_drive(const MachineConfig& config, const std::string& id);

// Whether a write is on stable storage before it completes (cache=writethrough, directsync).
bool writes_through(CacheMode cache);

}  // namespace vireo
