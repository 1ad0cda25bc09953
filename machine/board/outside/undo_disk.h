// A disk whose writes can be taken back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "machine/base/block_backend.h"

namespace vireo {

// Passes everything on. While it remembers, it first keeps what a write, a discard or zeroes
// replace, so that the disk below can be brought back to a mark: also an image that is kept.
class UndoDisk final : public BlockBackend {
 public:
  explicit UndoDisk(std::unique_ptr<BlockBackend> disk) : disk_(std::move(disk)) {}

  // From now on.
  void remember() { remembers_ = true; }
  // A moment to come back to: how many changes there were.
  uint64_t mark() const { return forgotten_ + changes_.size(); }
  // Takes back the changes since the mark, the last one first.
  Result<void> take_back(uint64_t mark);
  // Nobody comes back to anything before the mark.
  void forget_before(uint64_t mark);
  // What is kept.
  uint64_t kept_bytes() const { return kept_bytes_; }

  BlockBackend& below() { return *disk_; }

  uint64_t size() const override { return disk_->size(); }
  bool read_only() const override { return disk_->read_only(); }
  std::string description() const override { return disk_->description(); }
  Result<void> read(uint64_t offset, std::span<std::byte> out) override {
    return disk_->read(offset, out);
  }
  Result<void> write(uint64_t offset, std::span<const std::byte> in) override;
  Result<void> flush() override { return disk_->flush(); }
  Result<void> discard(uint64_t offset, uint64_t length) override;
  Result<void> write_zeroes(uint64_t offset, uint64_t length, bool may_unmap) override;
  Result<void> resize(uint64_t bytes) override;
  bool may_wait(BlockOperation operation, uint64_t offset, uint64_t length) override {
    return disk_->may_wait(operation, offset, length);
  }
  bool concurrent() const override { return !remembers_ && disk_->concurrent(); }

 private:
  struct Change {
    uint64_t size;  // of the disk then
    uint64_t offset;
    std::vector<std::byte> before;
  };
  Result<void> keep(uint64_t offset, uint64_t length);

  std::unique_ptr<BlockBackend> disk_;
  bool remembers_ = false;
  std::deque<Change> changes_;
  uint64_t forgotten_ = 0;
  uint64_t kept_bytes_ = 0;
};

}  // namespace vireo
