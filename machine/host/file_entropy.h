// Random bytes from a file or a device of the host, such as /dev/urandom.
#pragma once

#include <memory>
#include <string>

#include "machine/base/entropy_source.h"
#include "machine/base/result.h"

namespace vireo {

// Never blocks: a source that has nothing now, or whose end is reached, gives no bytes.
Result<std::unique_ptr<EntropySource>> open_file_entropy(const std::string& path);

}  // namespace vireo
