// A qcow2 image's header: read from a file that may hold anything, checked once here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "images/disk/qcow2/format.h"
#include "machine/base/random_file.h"
#include "machine/base/result.h"

namespace vireo::qcow2 {

enum class Compression : uint8_t { kZlib = 0, kZstd = 1 };

struct BitmapsExtension {
  uint32_t bitmaps = 0;
  uint64_t directory_bytes = 0;
  uint64_t directory_offset = 0;
};

// After read_header(): the tables named here are aligned, lie within the file and are large enough
// for the disk; what stands in them is not looked at.
struct Header {
  uint32_t version = 3;
  unsigned cluster_bits = 16;
  uint64_t size = 0;  // of the disk, a multiple of 512
  uint64_t l1_entries = 0;
  uint64_t l1_offset = 0;
  uint64_t refcount_table_offset = 0;
  uint64_t refcount_table_clusters = 0;
  uint32_t snapshots = 0;
  uint64_t snapshots_offset = 0;
  uint64_t incompatible = 0;
  uint64_t compatible = 0;
  uint64_t autoclear = 0;
  unsigned refcount_order = 4;  // a refcount has 1 << order bits
  uint32_t length = kHeaderBytes2;
  Compression compression = Compression::kZlib;
  std::string backing_file;    // as it is written there; empty without
  std::string backing_format;  // "raw", "qcow2", or empty when the image does not say
  BitmapsExtension bitmaps;    // no bitmaps without

  uint64_t cluster_bytes() const { return uint64_t{1} << cluster_bits; }
  // Of 8 bytes each, in an L2 table.
  uint64_t l2_entries() const { return cluster_bytes() / 8; }
  uint64_t refcounts_per_block() const { return cluster_bytes() * 8 >> refcount_order; }
  // L1 entries that a disk of `bytes` needs.
  uint64_t l1_entries_for(uint64_t bytes) const;
  // The clusters which `bytes` take.
  uint64_t clusters_of(uint64_t bytes) const {
    return (bytes + cluster_bytes() - 1) >> cluster_bits;
  }
};

// Errors name the file and what is wrong: no qcow2 image, damaged, or with a feature that is not
// supported, by the feature's name.
Result<Header> read_header(RandomFile& file);

// The first bytes of an image with this header: the header, its extensions and the backing file's
// name. Errors: the name is too long for the first cluster.
Result<std::vector<std::byte>> write_header(const Header& header);

}  // namespace vireo::qcow2
