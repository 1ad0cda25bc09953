// Looking at an initrd before it is given to a guest, which would tell of a
// damaged one late and in words of its own, or not at all.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "machine/base/result.h"

namespace vireo {

// What Linux takes as an initrd: cpio archives ("newc"), each plain or packed,
// one after the other with zeros between (Linux
// Documentation/driver-api/early-userspace/buffer-format.rst), or the image of a
// file system. Errors name `name` and the cure: an empty file, one that is
// neither, one that ends too early. Plain, gzip, lz4 and zstd archives are
// followed to their end; of the other formats only begin and end are looked at,
// since unpacking them takes too long for a check.
Result<void> check_initrd(std::span<const std::byte> initrd, std::string_view name);

}  // namespace vireo
