// What a snapshot tells of the machine that it needs, before there is one.
#pragma once

#include <string>

namespace vireo {

// Whether the machine in the snapshot at `path` had firmware. A file that cannot be read says no:
// loading it tells what is wrong.
bool snapshot_has_firmware(const std::string& path);

}  // namespace vireo
