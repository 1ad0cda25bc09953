#include "images/disk/qcow2/qcow2_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "images/disk/check_range.h"
#include "images/disk/qcow2/check.h"
#include "images/disk/qcow2/decompress.h"

namespace vireo {

using qcow2::Place;

Qcow2Disk::Qcow2Disk(std::unique_ptr<DiskFile> file, bool read_only, FlushPolicy flush)
    : file_(std::move(file), flush), read_only_(read_only), flush_(flush) {}

Result<std::unique_ptr<Qcow2Disk>> Qcow2Disk::open(std::unique_ptr<DiskFile> file, bool read_only,
                                                   FlushPolicy flush) {
  std::unique_ptr<Qcow2Disk> disk(new Qcow2Disk(std::move(file), read_only, flush));
  auto started = disk->start();
  if (!started) {
    disk->mapping_.reset();  // there is nothing to write at the end
    return started.error();
  }
  return disk;
}

Result<void> Qcow2Disk::start() {
  auto header = qcow2::read_header(file_.file());
  if (!header) return header.error();
  header_ = std::move(*header);
  auto snapshots = qcow2::read_snapshots(file_, header_);
  if (!snapshots) return snapshots.error();
  snapshots_ = std::move(*snapshots);
  tables_.insert(0);
  if (!read_only_) {
    if (auto ready = start_writing(); !ready) return ready;
  }
  auto mapping = qcow2::Mapping::open(file_, header_, refcounts_.get(), tables_);
  if (!mapping) return mapping.error();
  mapping_ = std::move(*mapping);
  return {};
}

Result<void> Qcow2Disk::start_writing() {
  if ((header_.incompatible & qcow2::kCorrupt) != 0) {
    return Error{
        fmt::format("{0}: is marked as corrupt; read it with readonly=on, or repair it "
                    "with: qemu-img check -r all {0}",
                    description())};
  }
  if ((header_.incompatible & qcow2::kDirty) != 0) {
    if (auto repaired = put_refcounts_right(); !repaired) return repaired;
  }
  if (header_.snapshots != 0) {
    const uint64_t first = header_.snapshots_offset >> header_.cluster_bits;
    for (uint64_t i = 0; i < header_.clusters_of(snapshots_.bytes); ++i) tables_.insert(first + i);
  }
  auto refcounts = qcow2::Refcounts::open(file_, header_, tables_);
  if (!refcounts) return refcounts.error();
  refcounts_ = std::move(*refcounts);
  return {};
}

// The dirty bit: whoever wrote last meant to write the counts when it was done.
Result<void> Qcow2Disk::put_refcounts_right() {
  const auto report = check_qcow2(
      file_, {.fix_leaks = true, .fix_counts = true}, [](const std::string&) {}, [](double) {});
  if (!report) return report.error();
  auto header = qcow2::read_header(file_.file());
  if (!header) return header.error();
  header_ = std::move(*header);
  if ((header_.incompatible & qcow2::kDirty) == 0) return {};
  return Error{
      fmt::format("{0}: its refcounts were left behind (dirty bit) and cannot be put "
                  "right; look at it with: vireo img check {0}",
                  description())};
}

Result<void> Qcow2Disk::show_snapshot(std::string_view wanted) {
  const qcow2::Snapshot* snapshot = qcow2::find_snapshot(snapshots(), wanted);
  if (snapshot == nullptr) {
    return Error{
        fmt::format("{0}: has no internal snapshot '{1}'; list them with: "
                    "vireo img info {0}",
                    description(), wanted)};
  }
  header_.l1_offset = snapshot->l1_offset;
  header_.l1_entries = snapshot->l1_entries;
  header_.size = snapshot->disk_bytes;
  tables_ = {0};
  auto mapping = qcow2::Mapping::open(file_, header_, nullptr, tables_);
  if (!mapping) return mapping.error();
  mapping_ = std::move(*mapping);
  return {};
}

Result<void> Qcow2Disk::read(uint64_t offset, std::span<std::byte> out) {
  if (auto fits = check_range(*this, offset, out.size()); !fits) return fits;
  while (!out.empty()) {
    const auto place = mapping_->find(offset, out.size());
    if (!place) return place.error();
    const auto piece = out.first(static_cast<size_t>(place->length));
    if (auto done = read_place(*place, offset, piece); !done) return done;
    out = out.subspan(piece.size());
    offset += piece.size();
  }
  return {};
}

// Tables that have to be read first, too. Of what is changed only the place of the first byte is
// looked at: a guess.
bool Qcow2Disk::may_wait(BlockOperation operation, uint64_t offset, uint64_t length) {
  const bool reads = operation == BlockOperation::kRead;
  const bool flushes =
      operation == BlockOperation::kFlush || (!reads && flush_ == FlushPolicy::kEveryWrite);
  if (!reads && read_only_) return false;
  if (flushes) return flush_ != FlushPolicy::kNever;
  if (offset >= size()) return false;
  if (!mapping_->at_hand(offset)) return true;
  const auto place = mapping_->find(offset, length);
  if (!place) return false;
  return reads ? read_may_wait(*place, offset) : write_may_wait(*place, offset, length);
}

bool Qcow2Disk::read_may_wait(const Place& place, uint64_t offset) {
  if (place.kind == Place::Kind::kZeros) return false;
  if (place.kind == Place::Kind::kCompressed) return true;
  if (place.kind == Place::Kind::kData) {
    return file_.file().may_wait(BlockOperation::kRead, place.host, place.length);
  }
  return backing_ && backing_->may_wait(BlockOperation::kRead, offset, place.length);
}

// New clusters need counts, and those that are not written whole what was there.
bool Qcow2Disk::write_may_wait(const Place& place, uint64_t offset, uint64_t length) {
  if (file_.file().may_wait(BlockOperation::kWrite, 0, length)) return true;
  if (place.kind == Place::Kind::kData && place.ours_alone) return false;
  if (!refcounts_->at_hand(header_.clusters_of(length) + 1)) return true;
  const uint64_t cluster = header_.cluster_bytes();
  const bool whole = offset % cluster == 0 && length % cluster == 0;
  return !whole && read_may_wait(place, offset);
}

Result<void> Qcow2Disk::read_place(const Place& place, uint64_t offset, std::span<std::byte> out) {
  switch (place.kind) {
    case Place::Kind::kData:
      return file_.read(place.host, out);
    case Place::Kind::kCompressed:
      return read_packed(place, offset, out);
    case Place::Kind::kUnallocated:
      return read_backing(offset, out);
    case Place::Kind::kZeros:
      break;
  }
  std::memset(out.data(), 0, out.size());
  return {};
}

Result<void> Qcow2Disk::read_backing(uint64_t offset, std::span<std::byte> out) {
  const uint64_t end = backing_ ? backing_->size() : 0;
  const auto there =
      static_cast<size_t>(std::min<uint64_t>(out.size(), end - std::min(end, offset)));
  std::memset(out.data() + there, 0, out.size() - there);
  return there == 0 ? Result<void>() : backing_->read(offset, out.first(there));
}

Result<void> Qcow2Disk::read_packed(const Place& place, uint64_t offset, std::span<std::byte> out) {
  if (unpacked_host_ != place.host) {
    std::vector<std::byte> packed(static_cast<size_t>(place.packed_bytes));
    if (auto done = file_.read(place.host, packed); !done) return done;
    unpacked_host_ = UINT64_MAX;
    unpacked_.resize(static_cast<size_t>(header_.cluster_bytes()));
    if (!qcow2::decompress_cluster(header_.compression, packed, unpacked_)) {
      return Error{
          fmt::format("{}: byte {} of the disk cannot be read: its compressed data at {} "
                      "are damaged",
                      description(), offset, place.host)};
    }
    unpacked_host_ = place.host;
  }
  std::memcpy(out.data(), unpacked_.data() + offset % header_.cluster_bytes(), out.size());
  return {};
}

}  // namespace vireo
