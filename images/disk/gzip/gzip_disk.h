// A raw disk image packed by gzip, read where it is: nothing is unpacked to another file.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "images/disk/gzip/gzip_index.h"
#include "machine/base/block_backend.h"
#include "machine/base/disk_file.h"

namespace vireo {

// Read-only. Takes about 40 MB at most, however large the disk is.
class GzipDisk final : public BlockBackend {
 public:
  // Reads all of the file once, see gzip::Index. Errors besides: a size that is no disk's.
  static Result<std::unique_ptr<GzipDisk>> open(std::unique_ptr<DiskFile> file,
                                                const gzip::Progress& progress,
                                                uint64_t nearest = gzip::Index::kNearest);

  uint64_t size() const override { return index_.size(); }
  bool read_only() const override { return true; }
  std::string description() const override { return file_->description(); }
  Result<void> read(uint64_t offset, std::span<std::byte> out) override;
  Result<void> write(uint64_t, std::span<const std::byte>) override { return refuse(); }
  Result<void> flush() override { return {}; }
  Result<void> discard(uint64_t, uint64_t) override { return refuse(); }
  Result<void> write_zeroes(uint64_t, uint64_t, bool) override { return refuse(); }
  Result<void> resize(uint64_t) override { return refuse(); }
  // Unpacking takes longer than most disks.
  bool may_wait(BlockOperation operation, uint64_t, uint64_t) override {
    return operation == BlockOperation::kRead;
  }

 private:
  static constexpr size_t kPieceBytes = size_t{64} << 10;
  static constexpr size_t kMostPieces = 64;
  static constexpr size_t kMostStreams = 4;  // several may read on, each where it is

  struct Piece {
    uint64_t number;
    std::vector<std::byte> bytes;
  };
  GzipDisk(std::unique_ptr<DiskFile> file, gzip::Index index)
      : file_(std::move(file)), index_(std::move(index)) {}
  Result<const Piece*> piece(uint64_t number);
  Result<void> fill(Piece& piece);
  Result<void> read_at(gzip::Stream& stream, uint64_t offset, std::span<std::byte> out);
  Result<void> read_whole(gzip::Stream& stream, std::span<std::byte> out);
  gzip::Stream& stream_before(uint64_t offset);
  Error refuse() const;

  std::unique_ptr<DiskFile> file_;
  gzip::Index index_;
  // Those used last come first.
  std::list<Piece> pieces_;
  std::list<std::unique_ptr<gzip::Stream>> streams_;
};

}  // namespace vireo
