// What `vireo img` does with disk images: info, check, create, convert.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "images/disk/disk_format.h"
#include "images/disk/open_image.h"
#include "images/disk/qcow2/check.h"
#include "images/disk/qcow2/create.h"
#include "images/disk/qcow2/snapshots.h"
#include "machine/base/result.h"

namespace vireo {

// All errors are one line that names the file. Files are locked as a machine's are.

struct ImageInfo {
  DiskFormat format = DiskFormat::kRaw;
  uint64_t virtual_bytes = 0;  // of the disk
  uint64_t actual_bytes = 0;   // that the file takes on its file system
  std::optional<qcow2::Header> qcow2;
  std::vector<qcow2::Snapshot> snapshots;
};

// Without a format the file is looked at: whoever asks for a line of text runs no risk by it.
Result<ImageInfo> image_info(const std::string& path, std::optional<DiskFormat> format);

// An error for formats that have nothing to check.
Result<Qcow2CheckReport> check_image(const std::string& path, std::optional<DiskFormat> format,
                                     const Qcow2CheckOptions& options, const TellFinding& tell,
                                     const TellProgress& progress);

struct NewImage {
  std::string path;
  DiskFormat format = DiskFormat::kRaw;
  // Its size is 0 where the backing file, or what is converted, gives it.
  Qcow2Layout layout;
};

// The file appears whole or not at all; one that is there is replaced, unless it is in use.
Result<void> create_image(NewImage image);

struct Conversion {
  std::string from;
  std::optional<DiskFormat> format;
  std::string snapshot;  // an internal one, by id or name, to take instead of the disk
  NewImage to;
  bool compress = false;
};

// Copies what the disk shows, its backing files included, to the end of its last sector; zeros
// take no room. A signal that a SignalWatch has seen ends it, with an error.
Result<void> convert_image(Conversion conversion, const TellProgress& progress);

}  // namespace vireo
