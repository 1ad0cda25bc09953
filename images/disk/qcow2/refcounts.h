// How often each cluster of a qcow2 file is used, and which are free.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_set>
#include <vector>

#include "images/disk/image_bytes.h"
#include "images/disk/qcow2/header.h"
#include "images/disk/qcow2/table_cache.h"
#include "machine/base/result.h"

namespace vireo::qcow2 {

// Clusters that hold tables, by number: data must never be there.
using TableClusters = std::unordered_set<uint64_t>;

// The file is at each moment one that a check finds without corruption, however the process ends:
// counts go up in the file before anything refers to a cluster, and down after nothing does.
// Whoever uses this calls write_changes() before writing references, and apply_releases() after
// those that are gone are gone from the file, too.
class Refcounts {
 public:
  // Reads the refcount table. `tables` gains what it uses.
  static Result<std::unique_ptr<Refcounts>> open(ImageBytes& file, Header& header,
                                                 TableClusters& tables);

  Result<uint64_t> count(uint64_t cluster);
  // Takes up to `wanted` free clusters that follow each other, at least one; `taken` says how
  // many. Returns the first one's number.
  Result<uint64_t> allocate(uint64_t wanted, uint64_t& taken);
  // Takes exactly so many.
  Result<uint64_t> allocate_all(uint64_t wanted);
  // One use more of a cluster that is in use.
  Result<void> increment(uint64_t cluster);
  // One use less, once apply_releases() is called.
  void release(uint64_t cluster, uint64_t clusters = 1);
  uint64_t waiting_releases() const { return released_.size(); }
  // Whether so many clusters can be taken without reading or flushing the file.
  bool at_hand(uint64_t clusters) const;
  // For a repair: sets a count, for which there is a block; puts a block for counts that have
  // none, all of them 0, into a cluster that nobody uses.
  Result<void> set(uint64_t cluster, uint64_t count);
  Result<void> add_block(uint64_t index, uint64_t cluster);
  bool has_block(uint64_t index) const { return index < table_.size() && table_[index] != 0; }

  bool dirty() const { return blocks_.dirty(); }
  Result<void> write_changes() { return blocks_.write_changes(); }
  Result<void> apply_releases();

  // Offsets of the refcount blocks, 0 where there is none.
  const std::vector<uint64_t>& table() const { return table_; }

 private:
  Refcounts(ImageBytes& file, Header& header, TableClusters& tables);
  Result<void> read_table();
  Result<Table*> block_of(uint64_t cluster);
  Result<void> grow_table(uint64_t index);
  Result<uint64_t> find_free();
  Result<void> refuse_table(uint64_t cluster) const;
  uint64_t get(const Table& block, uint64_t index) const;
  void put(Table& block, uint64_t index, uint64_t count) const;
  Error damaged(uint64_t offset) const;

  ImageBytes& file_;
  Header& header_;
  TableClusters& tables_;
  std::vector<uint64_t> table_;
  TableCache blocks_;
  uint64_t per_block_;
  uint64_t old_end_;   // the clusters that the file had at first
  uint64_t hint_ = 0;  // below, nothing is free
  std::vector<uint64_t> released_;
};

}  // namespace vireo::qcow2
