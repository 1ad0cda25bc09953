// Where in a snapshot's file the contents of memory, or of a disk's overlay, are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "machine/base/archive.h"
#include "machine/base/disk_file.h"
#include "machine/base/result.h"

namespace vireo {

// One piece of kChunk bytes (the last may be shorter), at index * kChunk of the whole.
struct StoredChunk {
  uint64_t index = 0;
  uint64_t offset = 0;  // in the file
  uint32_t stored = 0;  // bytes there; 0: all zeros
  uint64_t hash = 0;    // chunk_hash() of the content, as it is unpacked
};

struct ChunkTable {
  static constexpr uint32_t kChunk = 64 * 1024;

  uint64_t size = 0;        // of the whole, in bytes
  bool compressed = false;  // each chunk by itself, as zlib does
  uint64_t area = 0;        // not compressed memory: where chunk 0 is, so that it can be mapped
  std::vector<StoredChunk> chunks;  // in rising order; what is missing was never written

  void visit(Archive& archive);
  uint32_t length_of(uint64_t index) const;
  // Whether everything lies within the whole and within the file; errors name the section.
  Result<void> check(const RandomFile& file, const std::string& section) const;
};

// Writes chunks to a file one after the other.
class ChunkWriter {
 public:
  // The first comes at `offset`.
  ChunkWriter(DiskFile& file, uint64_t offset, bool compress)
      : file_(file), offset_(offset), compress_(compress) {}

  // Appends a chunk to the table.
  Result<void> put(ChunkTable& table, uint64_t index, std::span<const std::byte> bytes);
  // The same at a place of the caller's choice, uncompressed.
  Result<void> put_at(ChunkTable& table, uint64_t index, std::span<const std::byte> bytes,
                      uint64_t offset);
  bool compresses() const { return compress_; }
  // Leaves a hole.
  void skip_to(uint64_t offset) { offset_ = std::max(offset_, offset); }
  // The end of what was written.
  uint64_t offset() const { return offset_; }

 private:
  DiskFile& file_;
  uint64_t offset_;
  bool compress_;
  std::vector<std::byte> packed_;
};

// Calls `take` with each chunk's place in the whole and its content, checked. Errors name the
// section.
Result<void> read_chunks(
    RandomFile& file, const ChunkTable& table, const std::string& section,
    const std::function<Result<void>(uint64_t offset, std::span<const std::byte> bytes)>& take);

}  // namespace vireo
