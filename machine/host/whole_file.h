// Reads whole files: kernels, initial RAM disks, firmware images.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "machine/base/result.h"

namespace vireo {

// All bytes of a regular file or a pipe, at most 4 GiB. `what` names the file's
// role in an error ("kernel").
Result<std::vector<std::byte>> read_whole_file(const std::string& path, const std::string& what);

}  // namespace vireo
