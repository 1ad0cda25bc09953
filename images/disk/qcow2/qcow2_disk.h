// A qcow2 image as a disk (QEMU, docs/interop/qcow2.txt): versions 2 and 3.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "images/disk/disk.h"
#include "images/disk/image_bytes.h"
#include "images/disk/qcow2/header.h"
#include "images/disk/qcow2/mapping.h"
#include "images/disk/qcow2/refcounts.h"
#include "images/disk/qcow2/snapshots.h"
#include "machine/base/block_backend.h"

namespace vireo {

// Reading takes nothing on trust: what a table says wrongly is an error of the read that meets it.
//
// Writing: data go to the file at once; changed tables stay in memory until flush(), or until
// there are too many, and then reach the file in an order in which it is a good image after each
// step: counts that go up, L2 tables, the L1 table, counts that go down. A process that ends
// anywhere in between leaves clusters that are counted and not used, nothing worse. Refcounts are
// always kept, also where an image allows to put them off (lazy_refcounts).
class Qcow2Disk final : public BlockBackend {
 public:
  // Opens the file; the backing file is not looked at. For writing it must be in order: an image
  // that is marked as corrupt, or whose tables overlap, is an error; refcounts that were put off
  // (dirty bit) are put right. Nothing else is changed before the first write.
  static Result<std::unique_ptr<Qcow2Disk>> open(std::unique_ptr<DiskFile> file, bool read_only,
                                                 FlushPolicy flush);
  ~Qcow2Disk() override;

  // What is not allocated reads from here, and beyond its end as zeros.
  void set_backing(std::unique_ptr<BlockBackend> backing) { backing_ = std::move(backing); }
  // Shows the disk as it was in the internal snapshot with this id or name. For a disk that is
  // read-only.
  Result<void> show_snapshot(std::string_view wanted);

  const qcow2::Header& header() const { return header_; }
  const std::vector<qcow2::Snapshot>& snapshots() const { return snapshots_.snapshots; }

  uint64_t size() const override { return header_.size; }
  bool read_only() const override { return read_only_; }
  std::string description() const override { return file_.name(); }
  Result<void> read(uint64_t offset, std::span<std::byte> out) override;
  Result<void> write(uint64_t offset, std::span<const std::byte> in) override;
  Result<void> flush() override;
  // With a backing file and version 2 nothing is given back: the old content would show.
  Result<void> discard(uint64_t offset, uint64_t length) override;
  Result<void> write_zeroes(uint64_t offset, uint64_t length, bool may_unmap) override;
  Result<void> resize(uint64_t bytes) override;
  bool may_wait(BlockOperation operation, uint64_t offset, uint64_t length) override;

  // Writes whole clusters packed, for a new image; those that do not get smaller as they are.
  Result<void> write_packed(uint64_t offset, std::span<const std::byte> cluster);

 private:
  Qcow2Disk(std::unique_ptr<DiskFile> file, bool read_only, FlushPolicy flush);
  Result<void> start();
  Result<void> start_writing();
  Result<void> put_refcounts_right();
  Result<void> begin_change(uint64_t offset, uint64_t length);
  Result<void> finish_change(Result<void> done);
  bool reads_zeros(const qcow2::Place& place) const;
  bool read_may_wait(const qcow2::Place& place, uint64_t offset);
  bool write_may_wait(const qcow2::Place& place, uint64_t offset, uint64_t length);
  Result<void> read_place(const qcow2::Place& place, uint64_t offset, std::span<std::byte> out);
  Result<void> read_backing(uint64_t offset, std::span<std::byte> out);
  Result<void> read_packed(const qcow2::Place& place, uint64_t offset, std::span<std::byte> out);
  Result<void> write_piece(uint64_t offset, std::span<const std::byte> in);
  Result<uint64_t> write_new(uint64_t offset, std::span<const std::byte> in,
                             const qcow2::Place& place);
  Result<void> write_clusters(uint64_t host, uint64_t offset, std::span<const std::byte> in,
                              const qcow2::Place& place);
  Result<void> copy_around(uint64_t host, uint64_t offset, std::span<const std::byte> in);
  Result<void> write_tables();
  Result<void> zero_clusters(uint64_t first, uint64_t end, bool may_unmap);
  Result<void> zero_cluster(uint64_t cluster, bool may_unmap);
  Result<void> zero_part(uint64_t offset, uint64_t length);
  Result<void> clear_autoclear();
  Result<void> cut_off(uint64_t bytes);
  Result<void> write_size(uint64_t bytes);
  Result<uint64_t> room_for_packed(uint64_t bytes);

  ImageBytes file_;
  bool read_only_;
  FlushPolicy flush_;
  qcow2::Header header_;
  qcow2::SnapshotTable snapshots_;
  qcow2::TableClusters tables_;
  std::unique_ptr<qcow2::Refcounts> refcounts_;  // null when read-only
  std::unique_ptr<qcow2::Mapping> mapping_;
  std::unique_ptr<BlockBackend> backing_;
  std::vector<std::byte> unpacked_;  // the cluster packed at unpacked_host_
  uint64_t unpacked_host_ = UINT64_MAX;
  uint64_t packed_end_ = 0;  // where the next packed cluster may go
};

}  // namespace vireo
