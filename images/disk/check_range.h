// The second line of defence of a disk's size, after its device's own check.
#pragma once

#include <cstdint>

#include "machine/base/block_backend.h"
#include "machine/base/result.h"

namespace vireo {

// A file would grow where a disk must not. The error names the disk and the bytes beyond its end.
Result<void> check_range(const BlockBackend& disk, uint64_t offset, uint64_t length);

}  // namespace vireo
