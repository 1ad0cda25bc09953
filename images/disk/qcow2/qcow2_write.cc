// Writing to a qcow2 disk.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "images/disk/check_range.h"
#include "images/disk/qcow2/decompress.h"
#include "images/disk/qcow2/qcow2_disk.h"

namespace vireo {
namespace {

// So many clusters may wait to be released, each of 8 bytes.
constexpr uint64_t kMostReleases = 65536;

}  // namespace

using qcow2::Place;

Qcow2Disk::~Qcow2Disk() {
  if (refcounts_ && mapping_) (void)write_tables();
}

Result<void> Qcow2Disk::begin_change(uint64_t offset, uint64_t length) {
  if (read_only_) return Error{fmt::format("{}: is read-only", description())};
  if (auto fits = check_range(*this, offset, length); !fits) return fits;
  unpacked_host_ = UINT64_MAX;
  return clear_autoclear();
}

Result<void> Qcow2Disk::finish_change(Result<void> done) {
  if (!done) return done;
  if (flush_ == FlushPolicy::kEveryWrite) return flush();
  return refcounts_->waiting_releases() > kMostReleases ? flush() : done;
}

// Whoever writes without keeping what such a bit stands for, bitmaps say, takes the bit away.
Result<void> Qcow2Disk::clear_autoclear() {
  if (header_.autoclear == 0) return {};
  const std::array<std::byte, 8> none{};
  if (auto done = file_.write(qcow2::kAutoclearAt, none); !done) return done;
  header_.autoclear = 0;
  return file_.barrier();
}

Result<void> Qcow2Disk::write(uint64_t offset, std::span<const std::byte> in) {
  if (auto allowed = begin_change(offset, in.size()); !allowed) return allowed;
  return finish_change(write_piece(offset, in));
}

Result<void> Qcow2Disk::write_piece(uint64_t offset, std::span<const std::byte> in) {
  while (!in.empty()) {
    const auto place = mapping_->find(offset, in.size());
    if (!place) return place.error();
    auto piece = in.first(static_cast<size_t>(place->length));
    if (place->kind == Place::Kind::kData && place->ours_alone) {
      if (auto done = file_.write(place->host, piece); !done) return done;
    } else {
      const auto written = write_new(offset, piece, *place);
      if (!written) return written.error();
      piece = piece.first(static_cast<size_t>(*written));
    }
    in = in.subspan(piece.size());
    offset += piece.size();
  }
  return {};
}

// Writes the beginning of `in`, as much as goes to new clusters that follow each other; returns
// how much. Until the data are there nothing refers to the clusters.
Result<uint64_t> Qcow2Disk::write_new(uint64_t offset, std::span<const std::byte> in,
                                      const Place& place) {
  const uint64_t first = offset >> header_.cluster_bits;
  const uint64_t wanted = header_.clusters_of(offset % header_.cluster_bytes() + in.size());
  uint64_t taken = 0;
  const auto cluster = refcounts_->allocate(wanted, taken);
  if (!cluster) return cluster.error();
  const uint64_t room = (taken << header_.cluster_bits) - offset % header_.cluster_bytes();
  const auto piece = in.first(static_cast<size_t>(std::min<uint64_t>(room, in.size())));
  const uint64_t host = *cluster << header_.cluster_bits;
  auto done = write_clusters(host, offset, piece, place);
  if (done) done = mapping_->put_data(first, *cluster, taken);
  if (done) return piece.size();
  refcounts_->release(*cluster, taken);
  return done.error();
}

bool Qcow2Disk::reads_zeros(const Place& place) const {
  return place.kind == Place::Kind::kZeros ||
         (place.kind == Place::Kind::kUnallocated && backing_ == nullptr);
}

// At the end of the file there are zeros around what is written already.
Result<void> Qcow2Disk::write_clusters(uint64_t host, uint64_t offset,
                                       std::span<const std::byte> in, const Place& place) {
  const uint64_t inside = offset % header_.cluster_bytes();
  const bool whole = inside == 0 && in.size() % header_.cluster_bytes() == 0;
  if (!whole && !(reads_zeros(place) && host >= file_.end())) return copy_around(host, offset, in);
  return file_.write(host + inside, in);
}

// The parts of the first and the last cluster that are not written keep what they had.
Result<void> Qcow2Disk::copy_around(uint64_t host, uint64_t offset, std::span<const std::byte> in) {
  const uint64_t inside = offset % header_.cluster_bytes();
  const uint64_t begin = offset - inside;
  const uint64_t end = offset + in.size();
  const uint64_t whole_end = begin + (header_.clusters_of(end - begin) << header_.cluster_bits);
  std::vector<std::byte> content(static_cast<size_t>(whole_end - begin));
  const auto all = std::span(content);
  if (auto done = read(begin, all.first(static_cast<size_t>(inside))); !done) return done;
  const uint64_t old_end = std::min(whole_end, size());
  const auto behind = all.subspan(static_cast<size_t>(end - begin),
                                  static_cast<size_t>(old_end - std::min(end, old_end)));
  if (auto done = read(std::min(end, old_end), behind); !done) return done;
  std::memcpy(content.data() + inside, in.data(), in.size());
  unpacked_host_ = UINT64_MAX;
  return file_.write(host, content);
}

Result<void> Qcow2Disk::flush() {
  if (read_only_) return {};
  if (auto done = write_tables(); !done) return done;
  return file_.barrier();
}

Result<void> Qcow2Disk::write_tables() {
  if (refcounts_->dirty()) {
    if (auto done = refcounts_->write_changes(); !done) return done;
    if (mapping_->dirty()) {
      if (auto done = file_.barrier(); !done) return done;
    }
  }
  if (auto done = mapping_->write_changes(); !done) return done;
  if (refcounts_->waiting_releases() == 0) return {};
  if (auto done = file_.barrier(); !done) return done;
  if (auto done = refcounts_->apply_releases(); !done) return done;
  return refcounts_->write_changes();
}

Result<void> Qcow2Disk::discard(uint64_t offset, uint64_t length) {
  if (auto allowed = begin_change(offset, length); !allowed) return allowed;
  if (header_.version < 3 && backing_ != nullptr) return {};
  const uint64_t end = offset + length;
  const uint64_t last = end == size() ? header_.clusters_of(end) : end >> header_.cluster_bits;
  return finish_change(zero_clusters(header_.clusters_of(offset), last, true));
}

Result<void> Qcow2Disk::write_zeroes(uint64_t offset, uint64_t length, bool may_unmap) {
  if (auto allowed = begin_change(offset, length); !allowed) return allowed;
  const uint64_t end = offset + length;
  const uint64_t first = header_.clusters_of(offset);
  const uint64_t last = end == size() ? header_.clusters_of(end) : end >> header_.cluster_bits;
  if (first >= last) return finish_change(zero_part(offset, length));
  const uint64_t begin = first << header_.cluster_bits;
  if (auto done = zero_part(offset, begin - offset); !done) return done;
  if (auto done = zero_clusters(first, last, may_unmap); !done) return done;
  const uint64_t middle_end = std::min(end, last << header_.cluster_bits);
  return finish_change(zero_part(middle_end, end - middle_end));
}

// Within one or two clusters. Where there are zeros nothing is written.
Result<void> Qcow2Disk::zero_part(uint64_t offset, uint64_t length) {
  while (length > 0) {
    const auto place = mapping_->find(offset, length);
    if (!place) return place.error();
    if (!reads_zeros(*place)) {
      const std::vector<std::byte> zeros(static_cast<size_t>(place->length));
      if (auto done = write_piece(offset, zeros); !done) return done;
    }
    offset += place->length;
    length -= place->length;
  }
  return {};
}

Result<void> Qcow2Disk::zero_clusters(uint64_t first, uint64_t end, bool may_unmap) {
  while (first < end) {
    const uint64_t offset = first << header_.cluster_bits;
    const auto place = mapping_->find(offset, (end - first) << header_.cluster_bits);
    if (!place) return place.error();
    const uint64_t count = header_.clusters_of(place->length);
    const bool zeros = place->kind == Place::Kind::kUnallocated && backing_ == nullptr;
    for (uint64_t i = 0; i < count && !zeros; ++i) {
      if (auto done = zero_cluster(first + i, may_unmap); !done) return done;
    }
    if (refcounts_->waiting_releases() > kMostReleases) {
      if (auto done = flush(); !done) return done;
    }
    first += count;
  }
  return {};
}

Result<void> Qcow2Disk::zero_cluster(uint64_t cluster, bool may_unmap) {
  if (may_unmap && backing_ == nullptr) return mapping_->put_nothing(cluster);
  if (header_.version >= 3) return mapping_->put_zeros(cluster, !may_unmap);
  const uint64_t offset = cluster << header_.cluster_bits;
  return zero_part(offset, std::min(header_.cluster_bytes(), size() - offset));
}

}  // namespace vireo
