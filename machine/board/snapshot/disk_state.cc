#include "machine/board/snapshot/disk_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "machine/board/snapshot/chunk_hash.h"

namespace vireo {
namespace {

static_assert(OverlayDisk::kGranule == ChunkTable::kChunk);

constexpr uint64_t kFront = 1 << 20;
constexpr uint64_t kSamples = 256;
constexpr uint64_t kSample = 4096;
constexpr uint64_t kPiece = 1 << 20;

struct DiskRecord {
  uint64_t size = 0;        // as the guest sees it
  uint64_t image_size = 0;  // of what lies below
  uint64_t base_end = 0;    // OverlayDisk::base_end()
  uint64_t fingerprint = 0;
  bool has_overlay = false;
  ChunkTable table;

  void visit(Archive& archive) {
    archive.io(size);
    archive.io(image_size);
    archive.io(base_end);
    archive.io(fingerprint);
    archive.io(has_overlay);
    table.visit(archive);
  }
};

class Fingerprint {
 public:
  explicit Fingerprint(BlockBackend& image) : image_(image) {}

  Result<void> add(uint64_t offset, uint64_t length) {
    while (length > 0) {
      bytes_.resize(std::min(length, kPiece));
      if (auto read = image_.read(offset, bytes_); !read) return read;
      sum_ = std::rotl(sum_, 17) * 0x9e3779b97f4a7c15 ^ chunk_hash(bytes_);
      offset += bytes_.size();
      length -= bytes_.size();
    }
    return {};
  }
  uint64_t value() const { return sum_; }

 private:
  BlockBackend& image_;
  std::vector<std::byte> bytes_;
  uint64_t sum_ = 0;
};

BlockBackend& image_of(const DiskForSnapshot& disk) {
  return disk.overlay != nullptr ? disk.overlay->base() : *disk.disk;
}

Result<DiskRecord> record_of(const DiskForSnapshot& disk, const StateSection& section,
                             const RandomFile& file) {
  DiskRecord record;
  Archive archive = Archive::loader(section.bytes);
  record.visit(archive);
  if (!archive.ok() || !archive.at_end()) {
    return Error{fmt::format("{}: section '{}' is damaged", file.description(), section.name)};
  }
  if (auto good = record.table.check(file, section.name); !good) return good.error();
  const std::string image = disk.disk->description();
  if (record.has_overlay != (disk.overlay != nullptr)) {
    return Error{fmt::format("{}: {} was saved with snapshot={}; give its -drive the same",
                             file.description(), image, record.has_overlay ? "on" : "off")};
  }
  const uint64_t size = image_of(disk).size();
  if (record.image_size != size) {
    return Error{fmt::format("{}: {} has {} bytes, and had {} when the snapshot was taken",
                             file.description(), image, size, record.image_size)};
  }
  if (record.table.size == (disk.overlay != nullptr ? record.size : 0)) return record;
  return Error{fmt::format("{}: section '{}' is damaged", file.description(), section.name)};
}

// An image that may be written in this run counts whole.
bool counts_whole(const DiskForSnapshot& disk) {
  return disk.overlay == nullptr && !disk.disk->read_only();
}

}  // namespace

std::string disk_section_name(const std::string& id) { return "disk " + id; }

Result<uint64_t> image_fingerprint(BlockBackend& image, bool all) {
  Fingerprint sum(image);
  const uint64_t size = image.size();
  const uint64_t front = all ? size : std::min(size, kFront);
  if (auto added = sum.add(0, front); !added) return added.error();
  const uint64_t step = (size - front) / kSamples / kSample * kSample;
  for (uint64_t i = 0; i < kSamples && step != 0; ++i) {
    if (auto added = sum.add(front + i * step, kSample); !added) return added.error();
  }
  if (step == 0) {
    if (auto added = sum.add(front, size - front); !added) return added.error();
  }
  return sum.value();
}

Result<StateSection> save_disk(const DiskForSnapshot& disk, ChunkWriter& writer) {
  DiskRecord record;
  record.size = disk.disk->size();
  record.image_size = image_of(disk).size();
  record.has_overlay = disk.overlay != nullptr;
  if (disk.overlay == nullptr && !disk.disk->read_only()) {
    if (auto flushed = disk.disk->flush(); !flushed) return flushed.error();
  }
  const auto fingerprint = image_fingerprint(image_of(disk), counts_whole(disk));
  if (!fingerprint) return fingerprint.error();
  record.fingerprint = *fingerprint;
  if (disk.overlay != nullptr) {
    record.base_end = disk.overlay->base_end();
    record.table.size = record.size;
    record.table.compressed = writer.compresses();
    auto put =
        disk.overlay->for_each_changed([&](uint64_t offset, std::span<const std::byte> bytes) {
          return writer.put(record.table, offset / ChunkTable::kChunk, bytes);
        });
    if (!put) return put.error();
  }
  Archive archive = Archive::saver();
  record.visit(archive);
  return StateSection{disk_section_name(disk.id), 1, false, archive.bytes()};
}

Result<void> check_disk(const DiskForSnapshot& disk, const StateSection& section,
                        const RandomFile& file) {
  const auto record = record_of(disk, section, file);
  if (!record) return record.error();
  const auto fingerprint = image_fingerprint(image_of(disk), counts_whole(disk));
  if (!fingerprint) return fingerprint.error();
  if (*fingerprint == record->fingerprint) return {};
  return Error{
      fmt::format("{}: {} has changed since the snapshot was taken; give a copy from "
                  "that moment, and save with snapshot=on",
                  file.description(), disk.disk->description())};
}

Result<void> load_disk(const DiskForSnapshot& disk, const StateSection& section, RandomFile& file) {
  const auto record = record_of(disk, section, file);
  if (!record) return record.error();
  if (disk.overlay == nullptr) return {};
  disk.overlay->begin_again(record->size, record->base_end);
  return read_chunks(file, record->table, section.name,
                     [&](uint64_t offset, std::span<const std::byte> bytes) {
                       return disk.overlay->write(offset, bytes);
                     });
}

}  // namespace vireo
