#include "machine/base/block_file.h"

#include <fmt/format.h>
#include <libdeflate.h>
#include <zlib.h>

#include <cstring>
#include <new>

namespace vireo {
namespace {

constexpr char kMagic[8] = {'v', 'i', 'r', 'e', 'o', 'T', 'R', 'C'};
constexpr uint32_t kBlockMark = 0x4b434c42;  // "BLCK"
constexpr uint32_t kEndMark = 0x53444e45;    // "ENDS"
constexpr uint32_t kMostProducer = 4096;

// Offsets of the header: magic 0, version 8, length 12, text 16.
constexpr size_t kHeaderBytes = 16;
// Of a block: mark 0, packed 4, unpacked 8, CRC 12, first 16, items 24, bytes 32.
constexpr size_t kBlockHeaderBytes = 32;
// Of the end: mark 0, CRC 4, blocks 8, items 16.
constexpr size_t kEndBytes = 24;

template <typename T>
void put(std::vector<std::byte>& out, size_t at, T value) {
  std::memcpy(out.data() + at, &value, sizeof value);
}

template <typename T>
T get(std::span<const std::byte> in, size_t at) {
  T value;
  std::memcpy(&value, in.data() + at, sizeof value);
  return value;
}

uint32_t crc_of(std::span<const std::byte> bytes, uint32_t start = 0) {
  return static_cast<uint32_t>(::crc32(start, reinterpret_cast<const Bytef*>(bytes.data()),
                                       static_cast<uInt>(bytes.size())));
}

// Of a block: its header without mark and CRC, then its bytes.
uint32_t block_crc(std::span<const std::byte> header, std::span<const std::byte> bytes) {
  const uint32_t sizes = crc_of(header.subspan(4, 8));
  return crc_of(bytes, crc_of(header.subspan(16, 16), sizes));
}

}  // namespace

std::vector<std::byte> block_file_header(const std::string& producer) {
  std::vector<std::byte> out(kHeaderBytes + producer.size() + 4);
  std::memcpy(out.data(), kMagic, sizeof kMagic);
  put(out, 8, kBlockFileVersion);
  put(out, 12, static_cast<uint32_t>(producer.size()));
  std::memcpy(out.data() + kHeaderBytes, producer.data(), producer.size());
  put(out, out.size() - 4, crc_of(std::span(out).first(out.size() - 4)));
  return out;
}

// By libdeflate, which takes less than half of zlib's time for it.
std::vector<std::byte> pack_block(std::span<const uint8_t> bytes, const BlockFileCounts& counts) {
  constexpr int kFastest = 1;
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(kFastest), libdeflate_free_compressor);
  if (!compressor) throw std::bad_alloc();
  std::vector<std::byte> out(kBlockHeaderBytes +
                             libdeflate_zlib_compress_bound(compressor.get(), bytes.size()));
  const size_t packed =
      libdeflate_zlib_compress(compressor.get(), bytes.data(), bytes.size(),
                               out.data() + kBlockHeaderBytes, out.size() - kBlockHeaderBytes);
  out.resize(kBlockHeaderBytes + packed);
  put(out, 0, kBlockMark);
  put(out, 4, static_cast<uint32_t>(packed));
  put(out, 8, static_cast<uint32_t>(bytes.size()));
  put(out, 16, counts.first);
  put(out, 24, counts.items);
  const std::span<const std::byte> all(out);
  put(out, 12, block_crc(all.first(kBlockHeaderBytes), all.subspan(kBlockHeaderBytes)));
  return out;
}

std::vector<std::byte> block_file_end(uint64_t blocks, uint64_t items) {
  std::vector<std::byte> out(kEndBytes);
  put(out, 0, kEndMark);
  put(out, 8, blocks);
  put(out, 16, items);
  put(out, 4, crc_of(std::span(out).subspan(8)));
  return out;
}

Error BlockFileReader::wrong(const std::string& what) const {
  return Error{fmt::format("{}: {}", file_.description(), what)};
}

Result<std::unique_ptr<BlockFileReader>> BlockFileReader::open(RandomFile& file) {
  std::unique_ptr<BlockFileReader> reader(new BlockFileReader(file));
  if (auto good = reader->read_header(); !good) return good.error();
  if (auto good = reader->find_blocks(); !good) return good.error();
  return reader;
}

Result<void> BlockFileReader::read_header() {
  std::vector<std::byte> header(kHeaderBytes);
  if (file_.size() < kHeaderBytes) return wrong("too short for a trace; give one that vireo wrote");
  if (auto got = file_.read(0, header); !got) return got;
  if (std::memcmp(header.data(), kMagic, sizeof kMagic) != 0) {
    return wrong("not an instruction trace of vireo; make one with -trace-insns");
  }
  const auto version = get<uint32_t>(header, 8);
  if (version != kBlockFileVersion) {
    return wrong(fmt::format("a trace of version {}, and this vireo reads version {}; use the "
                             "one that wrote it",
                             version, kBlockFileVersion));
  }
  const auto length = get<uint32_t>(header, 12);
  first_block_ = kHeaderBytes + uint64_t{length} + 4;
  if (length > kMostProducer || first_block_ > file_.size()) {
    return wrong("its header is damaged; record the trace again");
  }
  header.resize(first_block_);
  if (auto got = file_.read(0, header); !got) return got;
  const auto told = get<uint32_t>(header, header.size() - 4);
  if (told != crc_of(std::span(header).first(header.size() - 4))) {
    return wrong("its header is damaged; record the trace again");
  }
  producer_.assign(reinterpret_cast<const char*>(header.data()) + kHeaderBytes, length);
  return {};
}

// By the headers alone; a block's bytes are checked when they are read.
Result<void> BlockFileReader::find_blocks() {
  uint64_t items = 0;
  for (uint64_t at = first_block_;;) {
    std::byte header[kBlockHeaderBytes] = {};
    const uint64_t left = file_.size() - at;
    if (left < kEndBytes) break;
    const auto bytes = std::span(header).first(std::min<uint64_t>(left, kBlockHeaderBytes));
    if (auto got = file_.read(at, bytes); !got) return got;
    const auto mark = get<uint32_t>(header, 0);
    if (mark == kEndMark) {
      const bool good = get<uint32_t>(header, 4) == crc_of(std::span(header).subspan(8, 16)) &&
                        get<uint64_t>(header, 8) == places_.size() &&
                        get<uint64_t>(header, 16) == items && left == kEndBytes;
      if (!good) return wrong("its end mark does not fit its blocks: the file is damaged");
      return {};
    }
    const Place place{at + kBlockHeaderBytes, get<uint32_t>(header, 4), get<uint32_t>(header, 8),
                      get<uint32_t>(header, 12),
                      {get<uint64_t>(header, 16), get<uint64_t>(header, 24)}};
    if (mark != kBlockMark || left < kBlockHeaderBytes || place.unpacked > kMostBlockBytes) {
      return wrong(fmt::format("damaged at byte {}: no block begins there", at));
    }
    if (place.packed > left - kBlockHeaderBytes) break;
    items += place.counts.items;
    places_.push_back(place);
    at = place.offset + place.packed;
  }
  cut_short_ = wrong("it ends early: its writer was cut short, or the disk was full").message;
  return {};
}

Result<std::vector<uint8_t>> BlockFileReader::read(size_t block) {
  const Place& place = places_[block];
  std::vector<std::byte> whole(kBlockHeaderBytes + place.packed);
  if (auto got = file_.read(place.offset - kBlockHeaderBytes, whole); !got) return got.error();
  const std::span<const std::byte> bytes(whole);
  const auto packed = bytes.subspan(kBlockHeaderBytes);
  std::vector<uint8_t> out(place.unpacked);
  uLongf size = place.unpacked;
  const bool good =
      block_crc(bytes.first(kBlockHeaderBytes), packed) == place.crc &&
      ::uncompress(out.data(), &size, reinterpret_cast<const Bytef*>(packed.data()),
                   static_cast<uLong>(packed.size())) == Z_OK &&
      size == place.unpacked;
  if (!good) return wrong(fmt::format("block {} of {} is damaged", block + 1, blocks()));
  return out;
}

}  // namespace vireo
