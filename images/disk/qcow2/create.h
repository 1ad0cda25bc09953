// Makes empty qcow2 images.
#pragma once

#include <cstdint>
#include <string>

#include "images/disk/qcow2/header.h"
#include "machine/base/disk_file.h"
#include "machine/base/result.h"

namespace vireo {

struct Qcow2Layout {
  uint64_t size = 0;  // of the disk, a multiple of 512
  unsigned version = 3;
  unsigned cluster_bits = 16;
  unsigned refcount_order = 4;
  bool lazy_refcounts = false;
  qcow2::Compression compression = qcow2::Compression::kZlib;
  std::string backing_file;
  std::string backing_format;
};

// Writes an image to an empty file. Errors say what does not go together.
Result<void> create_qcow2(DiskFile& file, const Qcow2Layout& layout);

}  // namespace vireo
