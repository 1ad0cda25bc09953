// Images on this host, for `vireo img`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "images/disk/open_image.h"
#include "machine/base/result.h"
#include "machine/host/atomic_file.h"

namespace vireo {

// The format that was named, or else the one that the file begins like; an error for one that is
// not read.
Result<DiskFormat> format_of(const std::string& path, std::optional<DiskFormat> named);

Result<std::unique_ptr<DiskFile>> open_here(const std::string& path, bool read_only);

// A new file at `path`. An error when another process uses the one that is there.
Result<std::unique_ptr<AtomicFile>> create_here(const std::string& path);

}  // namespace vireo
