// A temporary layer over a disk that must not change: snapshot=on.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

#include "images/disk/disk.h"

namespace vireo {
namespace {

// Copies are made in pieces of this size: large enough that the map stays
// small, small enough that a one-sector write copies little.
constexpr uint64_t kGranule = 64 * 1024;

class OverlayDisk final : public BlockBackend {
 public:
  OverlayDisk(std::unique_ptr<BlockBackend> base, std::unique_ptr<DiskFile> scratch)
      : base_(std::move(base)),
        scratch_(std::move(scratch)),
        size_(base_->size()),
        base_end_(base_->size()) {}

  uint64_t size() const override { return size_; }
  bool read_only() const override { return false; }
  std::string description() const override { return base_->description(); }

  Result<void> read(uint64_t offset, std::span<std::byte> out) override {
    if (auto fits = check_range(offset, out.size()); !fits) return fits;
    while (!out.empty()) {
      const uint64_t length = run_length(offset, out.size());
      const auto piece = out.first(static_cast<size_t>(length));
      if (auto done = read_run(offset, piece); !done) return done;
      out = out.subspan(piece.size());
      offset += length;
    }
    return {};
  }

  Result<void> write(uint64_t offset, std::span<const std::byte> in) override {
    if (auto fits = check_range(offset, in.size()); !fits) return fits;
    while (!in.empty()) {
      const auto piece = in.first(static_cast<size_t>(piece_length(offset, in.size())));
      if (auto done = write_piece(offset, piece); !done) return done;
      in = in.subspan(piece.size());
      offset += piece.size();
    }
    return {};
  }

  // Nothing here outlives the process, so there is nothing to make safe.
  Result<void> flush() override { return {}; }

  // Whole granules read as zeros afterwards, parts of one keep their content:
  // both are allowed, and both are the same in every run.
  Result<void> discard(uint64_t offset, uint64_t length) override {
    if (auto fits = check_range(offset, length); !fits) return fits;
    while (length > 0) {
      const uint64_t piece = piece_length(offset, length);
      if (covers_granule(offset, piece)) forget(offset);
      offset += piece;
      length -= piece;
    }
    return {};
  }

  Result<void> write_zeroes(uint64_t offset, uint64_t length, bool) override {
    if (auto fits = check_range(offset, length); !fits) return fits;
    static const std::vector<std::byte> kZeros(kGranule);
    while (length > 0) {
      const uint64_t piece = piece_length(offset, length);
      if (covers_granule(offset, piece)) {
        forget(offset);
      } else {
        const std::span zeros(kZeros.data(), static_cast<size_t>(piece));
        if (auto done = write_piece(offset, zeros); !done) return done;
      }
      offset += piece;
      length -= piece;
    }
    return {};
  }

  // What is beyond the smaller of both sizes reads as zeros: of the base, and of the granule in
  // which that size lies.
  Result<void> resize(uint64_t bytes) override {
    const uint64_t kept = std::min(bytes, size_);
    const uint64_t tail = kept % kGranule;
    if (tail != 0 && content_at(kept) == Content::kScratch) {
      const std::vector<std::byte> zeros(static_cast<size_t>(kGranule - tail));
      if (auto done = scratch_->write(kept, zeros); !done) return done;
    }
    changed_.erase(changed_.lower_bound((kept + kGranule - 1) / kGranule), changed_.end());
    base_end_ = std::min(base_end_, kept);
    size_ = bytes;
    return {};
  }

 private:
  enum class Content : uint8_t { kBase, kScratch, kZeros };

  Content content_at(uint64_t offset) const {
    const auto it = changed_.find(offset / kGranule);
    return it == changed_.end() ? Content::kBase : it->second;
  }

  // The part of [offset, offset + length) that lies in offset's granule.
  static uint64_t piece_length(uint64_t offset, uint64_t length) {
    return std::min(length, kGranule - offset % kGranule);
  }

  // The part whose bytes all come from the same place.
  uint64_t run_length(uint64_t offset, uint64_t length) const {
    uint64_t run = piece_length(offset, length);
    while (run < length && content_at(offset + run) == content_at(offset)) {
      run += piece_length(offset + run, length - run);
    }
    return run;
  }

  // The last granule of a disk may be a short one.
  uint64_t granule_length(uint64_t start) const { return std::min(kGranule, size() - start); }

  bool covers_granule(uint64_t offset, uint64_t length) const {
    return offset % kGranule == 0 && length == granule_length(offset);
  }

  Result<void> check_range(uint64_t offset, uint64_t length) const {
    if (offset <= size() && length <= size() - offset) return {};
    return Error{fmt::format("{}: bytes {} to {} are beyond its end at {}", description(), offset,
                             offset + length, size())};
  }

  Result<void> read_run(uint64_t offset, std::span<std::byte> out) {
    switch (content_at(offset)) {
      case Content::kBase:
        return read_base(offset, out);
      case Content::kScratch:
        return scratch_->read(offset, out);
      case Content::kZeros:
        break;
    }
    std::memset(out.data(), 0, out.size());
    return {};
  }

  Result<void> read_base(uint64_t offset, std::span<std::byte> out) {
    const uint64_t left = base_end_ - std::min(base_end_, offset);
    const size_t there = static_cast<size_t>(std::min<uint64_t>(left, out.size()));
    std::memset(out.data() + there, 0, out.size() - there);
    return there == 0 ? Result<void>() : base_->read(offset, out.first(there));
  }

  // `in` lies within one granule. The granule counts as changed only once all
  // of it is in the scratch file.
  Result<void> write_piece(uint64_t offset, std::span<const std::byte> in) {
    const bool complete =
        content_at(offset) == Content::kScratch || covers_granule(offset, in.size());
    auto done = complete ? scratch_->write(offset, in) : copy_on_write(offset, in);
    if (done) changed_[offset / kGranule] = Content::kScratch;
    return done;
  }

  Result<void> copy_on_write(uint64_t offset, std::span<const std::byte> in) {
    const uint64_t start = offset - offset % kGranule;
    std::vector<std::byte> granule(static_cast<size_t>(granule_length(start)));
    if (auto done = read_run(start, granule); !done) return done;
    std::memcpy(granule.data() + (offset - start), in.data(), in.size());
    return scratch_->write(start, granule);
  }

  // The granule at `start` reads as zeros from now on.
  void forget(uint64_t start) {
    if (content_at(start) == Content::kScratch) {
      (void)scratch_->discard(start, granule_length(start));
    }
    changed_[start / kGranule] = Content::kZeros;
  }

  std::unique_ptr<BlockBackend> base_;
  std::unique_ptr<DiskFile> scratch_;
  uint64_t size_;
  uint64_t base_end_;                    // from here on the base is not seen
  std::map<uint64_t, Content> changed_;  // by granule number
};

}  // namespace

std::unique_ptr<BlockBackend> make_overlay_disk(std::unique_ptr<BlockBackend> base,
                                                std::unique_ptr<DiskFile> scratch) {
  return std::make_unique<OverlayDisk>(std::move(base), std::move(scratch));
}

}  // namespace vireo
