// The disks of a machine in its snapshot: what the guest wrote, and which image lies below.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "images/disk/overlay_disk.h"
#include "machine/board/outside/undo_disk.h"
#include "machine/base/block_backend.h"
#include "machine/board/snapshot/chunk_table.h"
#include "machine/board/snapshot/state_part.h"

namespace vireo {

// A drive that is in use.
struct DiskForSnapshot {
  std::string id;
  BlockBackend* disk = nullptr;    // as the device sees it
  OverlayDisk* overlay = nullptr;  // below it, with snapshot=on
  UndoDisk* undo = nullptr;        // takes back what was written, for going back in time
};

// A number that stands for an image's content. For an image that this run does not write it is
// taken from the first MiB, where file systems keep what changes with each mount, and from 256
// blocks all over the rest: a look at little more than 2 MiB, so that a start takes no longer
// with a larger disk. One that the guest writes is read whole (`all`): a single changed block
// would be foreign to the memory that goes with it.
Result<uint64_t> image_fingerprint(BlockBackend& image, bool all);

// The section "disk ID". With an overlay its content goes to the writer; without one the image
// is flushed.
Result<StateSection> save_disk(const DiskForSnapshot& disk, ChunkWriter& writer);

// Checks the image below against its section and everything else that can be wrong, changing
// nothing; then puts what the guest had written into the overlay. Errors name the image.
Result<void> check_disk(const DiskForSnapshot& disk, const StateSection& section,
                        const RandomFile& file);
Result<void> load_disk(const DiskForSnapshot& disk, const StateSection& section,
                       RandomFile& file);

// "disk ID"
std::string disk_section_name(const std::string& id);

}  // namespace vireo
