#include "images/disk/check_range.h"

#include <fmt/format.h>

namespace vireo {

Result<void> check_range(const BlockBackend& disk, uint64_t offset, uint64_t length) {
  const uint64_t size = disk.size();
  if (offset <= size && length <= size - offset) return {};
  return Error{fmt::format("{}: bytes {} to {} are beyond its end at {}", disk.description(),
                           offset, offset + length, size)};
}

}  // namespace vireo
