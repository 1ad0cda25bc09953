// The file that a snapshot is kept in: a prelude, data, sections, and a table of these.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "machine/base/disk_file.h"
#include "machine/base/result.h"
#include "machine/board/snapshot/state_part.h"

namespace vireo {

// All numbers little-endian:
//
//   0   8  "VIREOSNP"
//   8   4  version of this format
//   12  4  CRC-32 of the table
//   16  8  where the table is
//   24  8  its length
//   32  28 producer, padded with zeros: "vireo 0.1.0"
//   60  4  CRC-32 of the 60 bytes before
//
// The table has a number of entries, and for each its name, the version of its content, whether
// it is optional, where its bytes are, how many and their CRC-32. Pages of memory and granules of
// disks lie in between; the sections "ram" and "disk ..." say where (ChunkTable).
inline constexpr uint32_t kSnapshotFormat = 1;
// Where those pages begin.
inline constexpr uint64_t kSnapshotData = 4096;

// "vireo 0.1.0"
std::string snapshot_producer();

struct SnapshotHead {
  std::string producer;
  std::vector<StateSection> sections;
};

// Reads prelude, table and sections and checks each; errors begin with the file's description
// and name the section that is wrong.
Result<SnapshotHead> read_snapshot_head(RandomFile& file);

// Writes the sections and the table at `offset`, where the file's data ends, and the prelude.
Result<void> write_snapshot_head(DiskFile& file, uint64_t offset,
                                 const std::vector<StateSection>& sections);

}  // namespace vireo
