// The internal snapshots of a qcow2 image.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "images/disk/image_bytes.h"
#include "images/disk/qcow2/header.h"
#include "machine/base/result.h"

namespace vireo::qcow2 {

struct Snapshot {
  std::string id;
  std::string name;
  uint64_t l1_offset = 0;
  uint64_t l1_entries = 0;
  uint64_t seconds = 0;  // since 1970, when it was taken
  uint32_t nanoseconds = 0;
  uint64_t vm_clock_ns = 0;
  uint64_t vm_state_bytes = 0;
  uint64_t disk_bytes = 0;
  bool tells_size = false;  // or else its disk is as large as the image's
};

struct SnapshotTable {
  std::vector<Snapshot> snapshots;
  uint64_t bytes = 0;  // that the table takes in the file
};

// Errors name the file; the L1 tables of those returned lie within it.
Result<SnapshotTable> read_snapshots(ImageBytes& file, const Header& header);

// The one with this id, else the first with this name, or null.
const Snapshot* find_snapshot(const std::vector<Snapshot>& snapshots, std::string_view wanted);

}  // namespace vireo::qcow2
