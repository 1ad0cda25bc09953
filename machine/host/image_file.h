// Disk images on the host: regular files, block devices and scratch files.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "machine/base/disk_file.h"
#include "machine/base/result.h"
#include "machine/host/host_specs.h"

namespace vireo {

// Opens and locks an existing regular file or block device; never creates or
// changes one. Errors name the path and the cure.
Result<std::unique_ptr<DiskFile>> open_image_file(const DiskFileSpec& spec);

// A sparse file without a name in $TMPDIR (/var/tmp when unset), which is gone
// when its handle is, however the process ends.
Result<std::unique_ptr<DiskFile>> create_scratch_file();

// Whether there is anything at `path`.
bool file_exists(const std::string& path);

// Whether both paths lead to one file; no when either leads to none.
bool same_file(const std::string& one, const std::string& other);

// What a file takes on its file system, holes not counted; 0 when it cannot be asked.
uint64_t allocated_bytes(const std::string& path);

}  // namespace vireo
