#include "images/disk/qcow2/refcounts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "images/disk/qcow2/refcount_block.h"

namespace vireo::qcow2 {
namespace {

constexpr uint64_t kCacheBytes = 4 << 20;

size_t cached_blocks(const Header& header) {
  return static_cast<size_t>(std::max<uint64_t>(4, kCacheBytes >> header.cluster_bits));
}

}  // namespace

Refcounts::Refcounts(ImageBytes& file, Header& header, TableClusters& tables)
    : file_(file),
      header_(header),
      tables_(tables),
      blocks_(file, header.cluster_bytes(), cached_blocks(header), [] { return Result<void>(); }),
      per_block_(header.refcounts_per_block()),
      old_end_(header.clusters_of(file.end())) {}

Result<std::unique_ptr<Refcounts>> Refcounts::open(ImageBytes& file, Header& header,
                                                   TableClusters& tables) {
  std::unique_ptr<Refcounts> refcounts(new Refcounts(file, header, tables));
  if (auto read = refcounts->read_table(); !read) return read.error();
  return refcounts;
}

Error Refcounts::damaged(uint64_t offset) const {
  return Error{
      fmt::format("{0}: its refcounts are damaged at {1}; look at it with: "
                  "vireo img check {0}",
                  file_.name(), offset)};
}

Result<void> Refcounts::read_table() {
  std::vector<std::byte> bytes(header_.refcount_table_clusters << header_.cluster_bits);
  if (auto done = file_.read(header_.refcount_table_offset, bytes); !done) return done;
  for (uint64_t i = 0; i < header_.refcount_table_clusters; ++i) {
    tables_.insert((header_.refcount_table_offset >> header_.cluster_bits) + i);
  }
  for (size_t at = 0; at < bytes.size(); at += 8) {
    const auto entry = load_big<uint64_t>(bytes.data() + at);
    const bool good = entry % header_.cluster_bytes() == 0 && entry < file_.end();
    if (!good) return damaged(header_.refcount_table_offset + at);
    if (entry != 0 && !tables_.insert(entry >> header_.cluster_bits).second) return damaged(entry);
    table_.push_back(entry);
  }
  return {};
}

uint64_t Refcounts::get(const Table& block, uint64_t index) const {
  return get_count(block.bytes(), header_.refcount_order, index);
}

void Refcounts::put(Table& block, uint64_t index, uint64_t count) const {
  const uint64_t at = (index << header_.refcount_order) / 8;
  std::byte* bytes = block.change(at, std::max(1u, (1u << header_.refcount_order) / 8)) - at;
  set_count(bytes, header_.refcount_order, index, count);
}

// Null where there is no block: all counts are 0 there.
Result<Table*> Refcounts::block_of(uint64_t cluster) {
  const uint64_t index = cluster / per_block_;
  if (index >= table_.size() || table_[index] == 0) return nullptr;
  return blocks_.load(table_[index]);
}

Result<uint64_t> Refcounts::count(uint64_t cluster) {
  const auto block = block_of(cluster);
  if (!block) return block.error();
  return *block == nullptr ? 0 : get(**block, cluster % per_block_);
}

Result<void> Refcounts::set(uint64_t cluster, uint64_t count) {
  const auto block = block_of(cluster);
  if (!block) return block.error();
  if (*block == nullptr) return damaged(cluster << header_.cluster_bits);
  put(**block, cluster % per_block_, count);
  if (count == 0) hint_ = std::min(hint_, cluster);
  return {};
}

// A block that lies among those whose counts it holds counts itself.
Result<void> Refcounts::add_block(uint64_t index, uint64_t cluster) {
  if (auto good = refuse_table(cluster); !good) return good;
  if (cluster == 0 || index >= table_.size()) return damaged(header_.refcount_table_offset);
  const uint64_t offset = cluster << header_.cluster_bits;
  const auto block = blocks_.add(offset);
  if (!block) return block.error();
  if (cluster / per_block_ == index) put(**block, cluster % per_block_, 1);
  if (auto done = blocks_.write_changes(); !done) return done;
  if (auto done = file_.barrier(); !done) return done;
  std::array<std::byte, 8> entry;
  store_big<uint64_t>(entry.data(), offset);
  if (auto done = file_.write(header_.refcount_table_offset + index * 8, entry); !done) {
    return done;
  }
  table_[index] = offset;
  tables_.insert(cluster);
  return {};
}

// A larger table, and the blocks that count it, lie where no block of the old one counts. The old
// one is free afterwards.
Result<void> Refcounts::grow_table(uint64_t index) {
  const uint64_t first = table_.size() * per_block_;
  const uint64_t per_cluster = header_.l2_entries();
  const uint64_t least = std::max<uint64_t>(index + 1, table_.size() * 3 / 2) + 2;
  uint64_t blocks = 1, clusters = 0;
  do {
    clusters = (least + blocks + per_cluster - 1) / per_cluster;
    if (blocks * per_block_ >= clusters + blocks) break;
    ++blocks;
  } while (true);
  if (clusters << header_.cluster_bits > kMaxRefcountTableBytes) {
    return Error{
        fmt::format("{}: its clusters are too small for a file of this length", file_.name())};
  }
  std::vector<uint64_t> grown = table_;
  grown.resize(clusters * per_cluster);
  for (uint64_t i = 0; i < blocks; ++i) {
    const uint64_t cluster = first + clusters + i;
    const auto block = blocks_.add(cluster << header_.cluster_bits);
    if (!block) return block.error();
    const uint64_t used = std::min(clusters + blocks - i * per_block_, per_block_);
    for (uint64_t n = 0; n < used; ++n) put(**block, n, 1);
    grown[table_.size() + i] = cluster << header_.cluster_bits;
    tables_.insert(cluster);
  }
  std::vector<std::byte> bytes(grown.size() * 8);
  for (size_t i = 0; i < grown.size(); ++i) store_big<uint64_t>(bytes.data() + i * 8, grown[i]);
  const uint64_t offset = first << header_.cluster_bits;
  if (auto done = file_.write(offset, bytes); !done) return done;
  if (auto done = blocks_.write_changes(); !done) return done;
  if (auto done = file_.barrier(); !done) return done;
  std::array<std::byte, 12> place;
  store_big<uint64_t>(place.data(), offset);
  store_big<uint32_t>(place.data() + 8, static_cast<uint32_t>(clusters));
  if (auto done = file_.write(kRefcountTableAt, place); !done) return done;
  const uint64_t old = header_.refcount_table_offset >> header_.cluster_bits;
  for (uint64_t i = 0; i < header_.refcount_table_clusters; ++i) tables_.erase(old + i);
  release(old, header_.refcount_table_clusters);
  for (uint64_t i = 0; i < clusters; ++i) tables_.insert(first + i);
  header_.refcount_table_offset = offset;
  header_.refcount_table_clusters = clusters;
  table_ = std::move(grown);
  return {};
}

Result<void> Refcounts::refuse_table(uint64_t cluster) const {
  if (!tables_.contains(cluster)) return {};
  return damaged(cluster << header_.cluster_bits);
}

// Where a damaged file has lost a block its clusters may be in use all the same.
Result<uint64_t> Refcounts::find_free() {
  for (;; ++hint_) {
    if (!has_block(hint_ / per_block_) && hint_ < old_end_) {
      hint_ = std::min(old_end_, (hint_ / per_block_ + 1) * per_block_) - 1;
      continue;
    }
    const auto used = count(hint_);
    if (!used) return used.error();
    if (*used == 0) break;
  }
  return hint_;
}

Result<uint64_t> Refcounts::allocate(uint64_t wanted, uint64_t& taken) {
  taken = 0;
  uint64_t first = 0;
  while (taken == 0) {
    const auto free = find_free();
    if (!free) return free.error();
    first = *free;
    // The counts of a new block, or a larger table, take room themselves.
    const uint64_t index = first / per_block_;
    if (has_block(index)) break;
    if (auto made = index < table_.size() ? add_block(index, first) : grow_table(index); !made) {
      return made.error();
    }
  }
  for (uint64_t cluster = first; taken < wanted && cluster / per_block_ == first / per_block_;
       ++cluster, ++taken) {
    const auto used = count(cluster);
    if (!used) return used.error();
    if (*used != 0) break;
    if (auto good = refuse_table(cluster); !good) return good.error();
    if (auto done = set(cluster, 1); !done) return done.error();
  }
  hint_ = first + taken;
  return first;
}

// Runs that are too short are given back.
Result<uint64_t> Refcounts::allocate_all(uint64_t wanted) {
  uint64_t first = 0, length = 0;
  while (length < wanted) {
    uint64_t taken = 0;
    const auto next = allocate(wanted - length, taken);
    if (!next) return next;
    if (length != 0 && *next != first + length) {
      release(first, length);
      length = 0;
    }
    if (length == 0) first = *next;
    length += taken;
  }
  return first;
}

Result<void> Refcounts::increment(uint64_t cluster) {
  const auto now = count(cluster);
  if (!now) return now.error();
  if (*now == 0 || *now == max_count(header_.refcount_order))
    return damaged(cluster << header_.cluster_bits);
  return set(cluster, *now + 1);
}

void Refcounts::release(uint64_t cluster, uint64_t clusters) {
  for (uint64_t i = 0; i < clusters; ++i) released_.push_back(cluster + i);
}

bool Refcounts::at_hand(uint64_t clusters) const {
  const uint64_t index = hint_ / per_block_;
  return has_block(index) && blocks_.has(table_[index]) &&
         (hint_ + clusters - 1) / per_block_ == index;
}

// Those behind one that cannot be released stay counted, which does no harm.
Result<void> Refcounts::apply_releases() {
  std::vector<uint64_t> released = std::exchange(released_, {});
  std::sort(released.begin(), released.end());
  uint64_t run = 0, length = 0;  // free clusters that follow each other
  const auto give_back = [&] {
    if (length != 0) file_.discard(run << header_.cluster_bits, length << header_.cluster_bits);
    length = 0;
  };
  for (const uint64_t cluster : released) {
    const auto now = count(cluster);
    if (!now) return now.error();
    if (*now == 0) return damaged(cluster << header_.cluster_bits);
    if (auto done = set(cluster, *now - 1); !done) return done;
    if (*now != 1) continue;
    if (cluster != run + length) give_back();
    if (length == 0) run = cluster;
    ++length;
  }
  give_back();
  return {};
}

}  // namespace vireo::qcow2
