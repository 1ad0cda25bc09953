// Opens a disk image of any format, with the files below it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "images/disk/disk.h"
#include "machine/base/block_backend.h"
#include "machine/base/disk_file.h"
#include "machine/base/result.h"

namespace vireo {

// Opens an existing file, and locks it.
using OpenDiskFile =
    std::function<Result<std::unique_ptr<DiskFile>>(const std::string& path, bool read_only)>;

struct ImageOptions {
  // None: raw, but a file that begins like another format is an error. A guest that writes to a
  // raw disk must not choose what its file is taken for the next time.
  std::optional<DiskFormat> format = std::nullopt;
  bool read_only = false;
  FlushPolicy flush = FlushPolicy::kOnFlush;
  // Of a gzip image, which is read whole before; false gives up.
  std::function<bool(double)> progress = [](double) { return true; };
  // A raw file may have any size, also none: the disk then has it, too, which no device takes.
  bool any_size = false;
  // An internal snapshot to show instead of the disk; read-only.
  std::string snapshot = {};
};

// So many files may lie below each other.
constexpr unsigned kMostBackingFiles = 64;

// Backing files are opened read-only, in the formats that the images name, relative to the folder
// of the image that names them. A gzip image has to be read-only. Errors name the file and the
// cure: what the formats refuse, a file that lies below itself, too many of them.
Result<std::unique_ptr<BlockBackend>> open_image(const std::string& path,
                                                 const ImageOptions& options,
                                                 const OpenDiskFile& open_file);

// A name in an image for the file at `path`, as a path: relative ones begin in its folder.
std::string backing_path(const std::string& path, const std::string& name);

}  // namespace vireo
