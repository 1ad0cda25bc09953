// snapshot=on: a temporary layer over a disk that must not change.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "machine/base/block_backend.h"
#include "machine/base/disk_file.h"
#include "machine/base/result.h"

namespace vireo {

// Reads show `base` until written; writes, discards and zeroes go to `scratch`, an empty file
// that may grow to the disk's size and is thrown away afterwards. `base` is never written;
// flushing does nothing.
class OverlayDisk final : public BlockBackend {
 public:
  // Copies are made in pieces of this size: large enough that the map stays
  // small, small enough that a one-sector write copies little.
  static constexpr uint64_t kGranule = 64 * 1024;

  OverlayDisk(std::unique_ptr<BlockBackend> base, std::unique_ptr<DiskFile> scratch)
      : base_(std::move(base)),
        scratch_(std::move(scratch)),
        size_(base_->size()),
        base_end_(base_->size()) {}

  uint64_t size() const override { return size_; }
  bool read_only() const override { return false; }
  std::string description() const override { return base_->description(); }
  Result<void> read(uint64_t offset, std::span<std::byte> out) override;
  Result<void> write(uint64_t offset, std::span<const std::byte> in) override;
  Result<void> flush() override { return {}; }
  Result<void> discard(uint64_t offset, uint64_t length) override;
  Result<void> write_zeroes(uint64_t offset, uint64_t length, bool may_unmap) override;
  Result<void> resize(uint64_t bytes) override;
  bool may_wait(BlockOperation operation, uint64_t offset, uint64_t length) override;

  BlockBackend& base() { return *base_; }
  // For a snapshot: each granule that is not the base's, with its content, in rising order.
  Result<void> for_each_changed(
      const std::function<Result<void>(uint64_t offset, std::span<const std::byte>)>& take);
  // From where on the base is not seen: it was shorter once.
  uint64_t base_end() const { return base_end_; }
  // The disk is as its base again, with another size.
  void begin_again(uint64_t bytes, uint64_t base_end);

 private:
  enum class Content : uint8_t { kBase, kScratch, kZeros };

  Content content_at(uint64_t offset) const;
  uint64_t run_length(uint64_t offset, uint64_t length) const;
  uint64_t granule_length(uint64_t start) const;
  bool covers_granule(uint64_t offset, uint64_t length) const;
  Result<void> read_run(uint64_t offset, std::span<std::byte> out);
  Result<void> read_base(uint64_t offset, std::span<std::byte> out);
  Result<void> write_piece(uint64_t offset, std::span<const std::byte> in);
  Result<void> copy_on_write(uint64_t offset, std::span<const std::byte> in);
  void forget(uint64_t start);
  bool base_may_wait(uint64_t offset, uint64_t length);

  std::unique_ptr<BlockBackend> base_;
  std::unique_ptr<DiskFile> scratch_;
  uint64_t size_;
  uint64_t base_end_;                    // from here on the base is not seen
  std::map<uint64_t, Content> changed_;  // by granule number
};

}  // namespace vireo
