// Changes to the L1 and L2 tables of a qcow2 image.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "images/disk/qcow2/mapping.h"

namespace vireo::qcow2 {
namespace {

constexpr uint64_t kSector = 512;

}  // namespace

// A table that is ours alone: a new one where there is none, a copy where a snapshot has it, too.
Result<Table*> Mapping::table_for_change(uint64_t cluster) {
  const uint64_t index = cluster / header_.l2_entries();
  const uint64_t offset = l1_[index] & kOffsetMask;
  if (offset == 0) return new_table(index, nullptr);
  const auto table = l2_.load(offset);
  if (!table || (l1_[index] & kCopied) != 0) return table;
  auto copied = new_table(index, *table);
  if (!copied) return copied;
  refcounts_->release(offset >> header_.cluster_bits);
  tables_.erase(offset >> header_.cluster_bits);
  return copied;
}

Result<Table*> Mapping::new_table(uint64_t l1_index, Table* copied) {
  std::vector<std::byte> content;
  if (copied != nullptr) content.assign(copied->bytes(), copied->bytes() + header_.cluster_bytes());
  uint64_t taken = 0;
  const auto cluster = refcounts_->allocate(1, taken);
  if (!cluster) return cluster.error();
  const uint64_t offset = *cluster << header_.cluster_bits;
  auto table = l2_.add(offset, std::move(content));
  if (!table) return table;
  l1_[l1_index] = offset | kCopied;
  l1_dirty_begin_ = std::min(l1_dirty_begin_, l1_index);
  l1_dirty_end_ = std::max(l1_dirty_end_, l1_index + 1);
  tables_.insert(*cluster);
  return table;
}

void Mapping::release_entry(uint64_t entry) {
  if ((entry & kCompressed) != 0) {
    const PackedPlace packed = packed_place(entry, header_);
    const uint64_t first = packed.host >> header_.cluster_bits;
    const uint64_t last = (packed.host + packed.bytes - 1) >> header_.cluster_bits;
    refcounts_->release(first, last - first + 1);
  } else if ((entry & kOffsetMask) != 0) {
    refcounts_->release((entry & kOffsetMask) >> header_.cluster_bits);
  }
}

Result<void> Mapping::replace(uint64_t cluster, uint64_t entry) {
  const auto table = table_for_change(cluster);
  if (!table) return table.error();
  const uint64_t index = cluster % header_.l2_entries();
  const uint64_t before = (*table)->entry(index);
  if (before == entry) return {};
  (*table)->set_entry(index, entry);
  if ((before & kOffsetMask) != (entry & kOffsetMask) || ((before | entry) & kCompressed) != 0) {
    release_entry(before);
  }
  return {};
}

Result<void> Mapping::put_data(uint64_t first, uint64_t host, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t entry = (host + i) << header_.cluster_bits | kCopied;
    if (auto done = replace(first + i, entry); !done) return done;
  }
  return {};
}

Result<void> Mapping::put_packed(uint64_t cluster, uint64_t host, uint64_t bytes) {
  const unsigned shift = 62 - (header_.cluster_bits - 8);
  const uint64_t more = (host + bytes - 1) / kSector - host / kSector;
  return replace(cluster, kCompressed | more << shift | host);
}

Result<void> Mapping::put_zeros(uint64_t cluster, bool keep) {
  const auto table = table_for_change(cluster);
  if (!table) return table.error();
  const uint64_t before = (*table)->entry(cluster % header_.l2_entries());
  const bool kept = keep && (before & kCompressed) == 0;
  return replace(cluster, kZero | (kept ? before & (kOffsetMask | kCopied) : 0));
}

Result<void> Mapping::put_nothing(uint64_t cluster) {
  if ((l1_[cluster / header_.l2_entries()] & kOffsetMask) == 0) return {};
  return replace(cluster, 0);
}

Result<void> Mapping::write_changes() {
  if (auto done = l2_.write_changes(); !done) return done;
  if (!l1_dirty()) return {};
  if (auto done = file_.barrier(); !done) return done;
  return write_l1();
}

Result<void> Mapping::write_l1() {
  std::vector<std::byte> bytes((l1_dirty_end_ - l1_dirty_begin_) * 8);
  for (uint64_t i = l1_dirty_begin_; i < l1_dirty_end_; ++i) {
    store_big<uint64_t>(bytes.data() + (i - l1_dirty_begin_) * 8, l1_[i]);
  }
  if (auto done = file_.write(header_.l1_offset + l1_dirty_begin_ * 8, bytes); !done) return done;
  l1_dirty_begin_ = UINT64_MAX;
  l1_dirty_end_ = 0;
  return {};
}

// Nothing refers to the new table until the header does, and nothing waits to be written then.
Result<void> Mapping::grow_l1(uint64_t entries, Header& header) {
  if (entries <= l1_.size()) return {};
  if (entries * 8 > kMaxL1Bytes) {
    return Error{
        fmt::format("{}: its clusters are too small for a disk of this size", file_.name())};
  }
  const uint64_t clusters = header.clusters_of(entries * 8);
  const auto first = refcounts_->allocate_all(clusters);
  if (!first) return first.error();
  std::vector<std::byte> bytes(clusters << header.cluster_bits);
  for (uint64_t i = 0; i < l1_.size(); ++i) store_big<uint64_t>(bytes.data() + i * 8, l1_[i]);
  const uint64_t offset = *first << header.cluster_bits;
  if (auto done = file_.write(offset, bytes); !done) return done;
  if (auto done = refcounts_->write_changes(); !done) return done;
  if (auto done = file_.barrier(); !done) return done;
  std::array<std::byte, 12> place;
  store_big<uint32_t>(place.data(), static_cast<uint32_t>(entries));
  store_big<uint64_t>(place.data() + 4, offset);
  if (auto done = file_.write(kL1EntriesAt, place); !done) return done;
  const uint64_t old = header.l1_offset >> header.cluster_bits;
  const uint64_t old_clusters = header.clusters_of(l1_.size() * 8);
  for (uint64_t i = 0; i < old_clusters; ++i) tables_.erase(old + i);
  for (uint64_t i = 0; i < clusters; ++i) tables_.insert(*first + i);
  if (!l1_.empty()) refcounts_->release(old, old_clusters);
  header.l1_offset = offset;
  header.l1_entries = entries;
  l1_.resize(entries);
  return {};
}

}  // namespace vireo::qcow2
