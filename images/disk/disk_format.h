// The formats of disk images: their names, and how their files begin.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "images/disk/disk.h"
#include "machine/base/random_file.h"
#include "machine/base/result.h"

namespace vireo {

// "raw", "qcow2", "gzip"; none for another name.
std::optional<DiskFormat> disk_format(std::string_view name);
std::string_view format_name(DiskFormat format);

// The name of the format that the file begins like, ours or not; "raw" when it looks like none.
// Only for a file that nobody untrusted could write to: a raw disk's first bytes are its guest's.
Result<std::string_view> probe_format(RandomFile& file);

}  // namespace vireo
