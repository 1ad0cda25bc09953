// Opens files of the host for reading at any offset.
#pragma once

#include <memory>
#include <string>

#include "machine/base/random_file.h"

namespace vireo {

// Regular files only: a pipe has no offsets. Errors name the file.
Result<std::unique_ptr<RandomFile>> open_random_file(const std::string& path);

}  // namespace vireo
