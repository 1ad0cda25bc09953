// Where the clusters of a qcow2 disk are: its L1 and L2 tables.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "images/disk/image_bytes.h"
#include "images/disk/qcow2/header.h"
#include "images/disk/qcow2/refcounts.h"
#include "images/disk/qcow2/table_cache.h"
#include "machine/base/result.h"

namespace vireo::qcow2 {

// A stretch of the disk whose bytes come from the same kind of place.
struct Place {
  enum class Kind : uint8_t {
    kUnallocated,  // the backing file, or zeros
    kZeros,
    kData,        // in the file at `host`
    kCompressed,  // within one cluster, packed in `packed_bytes` at `host`
  };
  Kind kind = Kind::kUnallocated;
  uint64_t length = 0;
  uint64_t host = 0;
  uint64_t packed_bytes = 0;  // at most
  bool ours_alone = false;    // kData: may be overwritten
};

// What a compressed cluster's entry says.
struct PackedPlace {
  uint64_t host = 0;
  uint64_t bytes = 0;
};
PackedPlace packed_place(uint64_t entry, const Header& header);

// The tables of the disk, or of one of its snapshots. Numbers of clusters are those of the disk
// unless they are called host clusters.
class Mapping {
 public:
  // Reads the L1 table. With `refcounts` the mapping can be changed; `tables` gains what it uses.
  static Result<std::unique_ptr<Mapping>> open(ImageBytes& file, const Header& header,
                                               Refcounts* refcounts, TableClusters& tables);

  // What is at `offset`, for at most `length` bytes.
  Result<Place> find(uint64_t offset, uint64_t length);
  // Whether find() there does not read the file, nor does put_data() of one cluster.
  bool at_hand(uint64_t offset) const;

  // The clusters from `first` on are at the host clusters from `host` on, which are allocated and
  // hold their data. What was there before is released.
  Result<void> put_data(uint64_t first, uint64_t host, uint64_t count);
  // The cluster is packed in `bytes` at `host`; its host clusters are counted already.
  Result<void> put_packed(uint64_t cluster, uint64_t host, uint64_t bytes);
  // The cluster reads as zeros (version 3), its own data being kept for later with `keep`.
  Result<void> put_zeros(uint64_t cluster, bool keep);
  // The cluster is not allocated.
  Result<void> put_nothing(uint64_t cluster);

  bool dirty() const { return l1_dirty() || l2_.dirty(); }
  // The L2 tables, then the L1 table.
  Result<void> write_changes();
  // Room for `entries` in the L1 table, which moves.
  Result<void> grow_l1(uint64_t entries, Header& header);

 private:
  Mapping(ImageBytes& file, const Header& header, Refcounts* refcounts, TableClusters& tables);
  Result<void> read_l1();
  bool l1_dirty() const { return l1_dirty_end_ != 0; }
  Result<void> write_l1();
  Result<Place> place_of(uint64_t entry, uint64_t cluster) const;
  Result<void> check_data(uint64_t host, uint64_t cluster) const;
  Result<Table*> table_for_change(uint64_t cluster);
  Result<Table*> new_table(uint64_t l1_index, Table* copied);
  Result<void> replace(uint64_t cluster, uint64_t entry);
  void release_entry(uint64_t entry);
  Error damaged(uint64_t cluster, std::string_view what) const;

  ImageBytes& file_;
  const Header& header_;
  Refcounts* refcounts_;
  TableClusters& tables_;
  TableCache l2_;
  std::vector<uint64_t> l1_;
  uint64_t l1_dirty_begin_ = UINT64_MAX;
  uint64_t l1_dirty_end_ = 0;
};

}  // namespace vireo::qcow2
