// The container of an instruction trace: compressed blocks with checksums behind a header
// that says what made them. All numbers are little-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "machine/base/random_file.h"
#include "machine/base/result.h"

namespace vireo {

// The file's first bytes: magic, version, length of the producer's text, that text, and the
// CRC-32 of all of these. Blocks follow, then an end mark; one that is missing tells that the
// writer was cut short.
inline constexpr uint32_t kBlockFileVersion = 2;
inline constexpr uint32_t kMostBlockBytes = uint32_t{64} << 20;  // unpacked

struct BlockFileCounts {
  uint64_t first = 0;  // what the block's owner counts: of its first item,
  uint64_t items = 0;  // and how many it has
};

// The parts of a file, for whoever writes it.
std::vector<std::byte> block_file_header(const std::string& producer);
// Packs `bytes` in zlib's format.
std::vector<std::byte> pack_block(std::span<const uint8_t> bytes, const BlockFileCounts& counts);
std::vector<std::byte> block_file_end(uint64_t blocks, uint64_t items);

// Reads a file that may be truncated, damaged or another program's: each error names the file
// and what is wrong with it.
class BlockFileReader {
 public:
  // Reads the header and finds the blocks. The file must outlive the reader.
  static Result<std::unique_ptr<BlockFileReader>> open(RandomFile& file);

  const std::string& producer() const { return producer_; }
  size_t blocks() const { return places_.size(); }
  const BlockFileCounts& counts(size_t block) const { return places_[block].counts; }
  // Empty for a whole file; otherwise why no more blocks were found.
  const std::string& cut_short() const { return cut_short_; }

  // A block's bytes, checked and unpacked.
  Result<std::vector<uint8_t>> read(size_t block);

 private:
  struct Place {
    uint64_t offset;  // of its packed bytes
    uint32_t packed, unpacked, crc;
    BlockFileCounts counts;
  };
  explicit BlockFileReader(RandomFile& file) : file_(file) {}
  Result<void> read_header();
  Result<void> find_blocks();
  Error wrong(const std::string& what) const;

  RandomFile& file_;
  std::string producer_;
  uint64_t first_block_ = 0;
  std::vector<Place> places_;
  std::string cut_short_;
};

}  // namespace vireo
