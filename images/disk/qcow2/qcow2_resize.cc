// Other sizes of a qcow2 disk, and packed clusters for a new one.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "images/disk/qcow2/decompress.h"
#include "images/disk/qcow2/qcow2_disk.h"
#include "images/disk/qcow2/refcount_block.h"

namespace vireo {

Result<void> Qcow2Disk::resize(uint64_t bytes) {
  if (auto allowed = begin_change(0, 0); !allowed) return allowed;
  const bool sizes_told =
      std::all_of(snapshots().begin(), snapshots().end(),
                  [](const qcow2::Snapshot& snapshot) { return snapshot.tells_size; });
  if (!sizes_told) {
    return Error{
        fmt::format("{}: has internal snapshots that do not say how large their disk is, so that "
                    "its size cannot change; convert it with: vireo img convert",
                    description())};
  }
  if (auto done = flush(); !done) return done;
  const uint64_t before = size();
  if (bytes < before) return cut_off(bytes);
  if (auto grown = mapping_->grow_l1(header_.l1_entries_for(bytes), header_); !grown) return grown;
  // What the last cluster and the backing file have beyond the old end was not seen before.
  header_.size = bytes;
  const uint64_t hidden_end = std::max(backing_ ? backing_->size() : 0,
                                       header_.clusters_of(before) << header_.cluster_bits);
  const uint64_t end = std::min(bytes, hidden_end);
  auto done = before < end ? write_zeroes(before, end - before, true) : Result<void>();
  if (done) done = flush();
  if (done) done = write_size(bytes);
  if (!done) header_.size = before;
  return done;
}

Result<void> Qcow2Disk::cut_off(uint64_t bytes) {
  const uint64_t first = header_.clusters_of(bytes);
  if (auto done = zero_clusters(first, header_.clusters_of(size()), true); !done) return done;
  if (auto done = flush(); !done) return done;
  return write_size(bytes);
}

Result<void> Qcow2Disk::write_size(uint64_t bytes) {
  std::array<std::byte, 8> field;
  store_big<uint64_t>(field.data(), bytes);
  if (auto done = file_.write(qcow2::kSizeAt, field); !done) return done;
  header_.size = bytes;
  return file_.barrier();
}

Result<void> Qcow2Disk::write_packed(uint64_t offset, std::span<const std::byte> cluster) {
  if (auto allowed = begin_change(offset, 0); !allowed) return allowed;
  std::vector<std::byte> whole(cluster.begin(), cluster.end());
  whole.resize(static_cast<size_t>(header_.cluster_bytes()));
  const auto packed = qcow2::compress_cluster(header_.compression, whole);
  if (packed.empty()) return write(offset, cluster);
  const auto host = room_for_packed(packed.size());
  if (!host) return host.error();
  if (auto done = file_.write(*host, packed); !done) return done;
  packed_end_ = *host + packed.size();
  return finish_change(mapping_->put_packed(offset >> header_.cluster_bits, *host, packed.size()));
}

// Packed clusters share host clusters, each of which counts those that it has a part of. One
// begins where the last one ended, when the count allows it and what it needs more follows there.
Result<uint64_t> Qcow2Disk::room_for_packed(uint64_t bytes) {
  const unsigned bits = header_.cluster_bits;
  const uint64_t here = packed_end_ >> bits;
  const uint64_t left = (header_.clusters_of(packed_end_) << bits) - packed_end_;
  const auto uses = left == 0 ? Result<uint64_t>(uint64_t{0}) : refcounts_->count(here);
  if (!uses) return uses;
  const bool shares = left != 0 && *uses < qcow2::max_count(header_.refcount_order);
  if (!shares || bytes > left) {
    uint64_t taken = 0;
    const auto next = refcounts_->allocate(1, taken);
    if (!next) return next;
    if (!shares || *next != here + 1) return *next << bits;
  }
  if (auto shared = refcounts_->increment(here); !shared) return shared.error();
  return packed_end_;
}

}  // namespace vireo
