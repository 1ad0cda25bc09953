#include "images/disk/qcow2/mapping.h"

#include <fmt/format.h>

#include <algorithm>

namespace vireo::qcow2 {
namespace {

// Tables of 64 KiB for 256 GiB of disk.
constexpr uint64_t kCacheBytes = 32 << 20;
constexpr uint64_t kSector = 512;

size_t cached_tables(const Header& header) {
  return static_cast<size_t>(std::max<uint64_t>(4, kCacheBytes >> header.cluster_bits));
}

// The part of `length` bytes at `offset` that one cluster holds.
uint64_t piece_in_cluster(uint64_t offset, uint64_t length, const Header& header) {
  return std::min(length, header.cluster_bytes() - offset % header.cluster_bytes());
}

bool continues(const Place& run, const Place& next) {
  if (run.kind != next.kind || run.kind == Place::Kind::kCompressed) return false;
  if (run.kind != Place::Kind::kData) return true;
  return next.host == run.host + run.length && next.ours_alone == run.ours_alone;
}

}  // namespace

PackedPlace packed_place(uint64_t entry, const Header& header) {
  const unsigned shift = 62 - (header.cluster_bits - 8);
  const uint64_t host = entry & ((uint64_t{1} << shift) - 1);
  const uint64_t more = entry >> shift & ((uint64_t{1} << (header.cluster_bits - 8)) - 1);
  return {host, (more + 1) * kSector - host % kSector};
}

Mapping::Mapping(ImageBytes& file, const Header& header, Refcounts* refcounts,
                 TableClusters& tables)
    : file_(file),
      header_(header),
      refcounts_(refcounts),
      tables_(tables),
      l2_(file, header.cluster_bytes(), cached_tables(header), [this] {
        if (refcounts_ == nullptr || !refcounts_->dirty()) return Result<void>();
        if (auto done = refcounts_->write_changes(); !done) return done;
        return file_.barrier();
      }) {}

Result<std::unique_ptr<Mapping>> Mapping::open(ImageBytes& file, const Header& header,
                                               Refcounts* refcounts, TableClusters& tables) {
  std::unique_ptr<Mapping> mapping(new Mapping(file, header, refcounts, tables));
  if (auto read = mapping->read_l1(); !read) return read.error();
  return mapping;
}

Error Mapping::damaged(uint64_t cluster, std::string_view what) const {
  return Error{
      fmt::format("{0}: byte {1} of the disk cannot be read: {2}; look at it with: "
                  "vireo img check {0}",
                  file_.name(), cluster << header_.cluster_bits, what)};
}

Result<void> Mapping::read_l1() {
  std::vector<std::byte> bytes(header_.l1_entries * 8);
  if (auto done = file_.read(header_.l1_offset, bytes); !done) return done;
  const uint64_t clusters = header_.clusters_of(bytes.size());
  for (uint64_t i = 0; i < clusters; ++i) {
    const uint64_t cluster = (header_.l1_offset >> header_.cluster_bits) + i;
    if (!tables_.insert(cluster).second && refcounts_ != nullptr) {
      return damaged(0, "its L1 table is where other tables are");
    }
  }
  for (uint64_t i = 0; i < header_.l1_entries; ++i) {
    const auto entry = load_big<uint64_t>(bytes.data() + i * 8);
    l1_.push_back(entry);
    const uint64_t offset = entry & kOffsetMask;
    if (offset == 0) continue;
    const bool first_use = tables_.insert(offset >> header_.cluster_bits).second;
    if (!first_use && refcounts_ != nullptr) {
      return damaged(i * header_.l2_entries(), "its L2 table is where other tables are");
    }
  }
  return {};
}

bool Mapping::at_hand(uint64_t offset) const {
  const uint64_t table = l1_[(offset >> header_.cluster_bits) / header_.l2_entries()] & kOffsetMask;
  return table == 0 || l2_.has(table);
}

Result<Place> Mapping::find(uint64_t offset, uint64_t length) {
  const uint64_t per_table = header_.l2_entries();
  const uint64_t first = offset >> header_.cluster_bits;
  const uint64_t l1_entry = l1_[first / per_table];
  const uint64_t table_end = (first / per_table + 1) * per_table;
  length = std::min(length, (table_end << header_.cluster_bits) - offset);
  Place run{.length = length};
  if ((l1_entry & kReservedL1) != 0 || (l1_entry & kOffsetMask) % header_.cluster_bytes() != 0) {
    return damaged(first, "its L1 entry is wrong");
  }
  if ((l1_entry & kOffsetMask) == 0) return run;
  const auto table = l2_.load(l1_entry & kOffsetMask);
  if (!table) return table.error();
  run.length = 0;
  for (uint64_t cluster = first; run.length < length; ++cluster) {
    const auto place = place_of((*table)->entry(cluster % per_table), cluster);
    if (!place && run.length == 0) return place;
    const uint64_t piece = piece_in_cluster(offset + run.length, length - run.length, header_);
    if (run.length == 0) {
      run = *place;
      if (run.kind == Place::Kind::kData) run.host += offset % header_.cluster_bytes();
      run.length = piece;
    } else if (place && continues(run, *place)) {
      run.length += piece;
    } else {
      break;
    }
  }
  return run;
}

Result<Place> Mapping::place_of(uint64_t entry, uint64_t cluster) const {
  Place place;
  if ((entry & kCompressed) != 0) {
    const PackedPlace packed = packed_place(entry, header_);
    place.kind = Place::Kind::kCompressed;
    place.host = packed.host;
    place.packed_bytes = packed.bytes;
    return place;
  }
  place.host = entry & kOffsetMask;
  const bool zero = (entry & kZero) != 0;
  if ((entry & kReservedL2) != 0 || (zero && header_.version < 3)) {
    return damaged(cluster, "its L2 entry is wrong");
  }
  if (place.host != 0 && !zero) {
    if (auto good = check_data(place.host, cluster); !good) return good.error();
  }
  place.ours_alone = (entry & kCopied) != 0;
  place.kind = zero              ? Place::Kind::kZeros
               : place.host == 0 ? Place::Kind::kUnallocated
                                 : Place::Kind::kData;
  return place;
}

Result<void> Mapping::check_data(uint64_t host, uint64_t cluster) const {
  if (host % header_.cluster_bytes() != 0) {
    return damaged(cluster, fmt::format("its data at {} do not begin on a cluster", host));
  }
  if (host >= file_.end()) {
    return damaged(cluster, fmt::format("its data at {} are beyond the file's end", host));
  }
  if (tables_.contains(host >> header_.cluster_bits)) {
    return damaged(cluster, fmt::format("its data at {} are where tables are", host));
  }
  return {};
}

}  // namespace vireo::qcow2
