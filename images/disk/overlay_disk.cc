#include "images/disk/overlay_disk.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "images/disk/check_range.h"
#include "images/disk/disk.h"

namespace vireo {
namespace {

// The part of [offset, offset + length) that lies in offset's granule.
uint64_t piece_length(uint64_t offset, uint64_t length) {
  return std::min(length, OverlayDisk::kGranule - offset % OverlayDisk::kGranule);
}

}  // namespace

Result<void> OverlayDisk::read(uint64_t offset, std::span<std::byte> out) {
  if (auto fits = check_range(*this, offset, out.size()); !fits) return fits;
  while (!out.empty()) {
    const uint64_t length = run_length(offset, out.size());
    const auto piece = out.first(static_cast<size_t>(length));
    if (auto done = read_run(offset, piece); !done) return done;
    out = out.subspan(piece.size());
    offset += length;
  }
  return {};
}

Result<void> OverlayDisk::write(uint64_t offset, std::span<const std::byte> in) {
  if (auto fits = check_range(*this, offset, in.size()); !fits) return fits;
  while (!in.empty()) {
    const auto piece = in.first(static_cast<size_t>(piece_length(offset, in.size())));
    if (auto done = write_piece(offset, piece); !done) return done;
    in = in.subspan(piece.size());
    offset += piece.size();
  }
  return {};
}

// Whole granules read as zeros afterwards, parts of one keep their content:
// both are allowed, and both are the same in every run.
Result<void> OverlayDisk::discard(uint64_t offset, uint64_t length) {
  if (auto fits = check_range(*this, offset, length); !fits) return fits;
  while (length > 0) {
    const uint64_t piece = piece_length(offset, length);
    if (covers_granule(offset, piece)) forget(offset);
    offset += piece;
    length -= piece;
  }
  return {};
}

Result<void> OverlayDisk::write_zeroes(uint64_t offset, uint64_t length, bool) {
  if (auto fits = check_range(*this, offset, length); !fits) return fits;
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
Result<void> OverlayDisk::resize(uint64_t bytes) {
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

// Of a range that begins in the base the rest may lie in the scratch file: a guess. A write copies
// the granules that it does not fill, of which the first and the last are looked at.
bool OverlayDisk::may_wait(BlockOperation operation, uint64_t offset, uint64_t length) {
  if (operation == BlockOperation::kRead) return base_may_wait(offset, length);
  if (operation == BlockOperation::kFlush || operation == BlockOperation::kDiscard) return false;
  const auto copies = [this](uint64_t at, uint64_t bytes) {
    const uint64_t start = at - at % kGranule;
    return !covers_granule(at, bytes) && base_may_wait(start, granule_length(start));
  };
  const uint64_t last = std::max(offset, offset + length - (offset + length) % kGranule);
  return scratch_->may_wait(BlockOperation::kWrite, offset, length) ||
         copies(offset, piece_length(offset, length)) ||
         (last < offset + length && copies(last, offset + length - last));
}

bool OverlayDisk::base_may_wait(uint64_t offset, uint64_t length) {
  if (offset >= base_end_ || content_at(offset) != Content::kBase) return false;
  return base_->may_wait(BlockOperation::kRead, offset, std::min(length, base_end_ - offset));
}

OverlayDisk::Content OverlayDisk::content_at(uint64_t offset) const {
  const auto it = changed_.find(offset / kGranule);
  return it == changed_.end() ? Content::kBase : it->second;
}

// The part whose bytes all come from the same place.
uint64_t OverlayDisk::run_length(uint64_t offset, uint64_t length) const {
  uint64_t run = piece_length(offset, length);
  while (run < length && content_at(offset + run) == content_at(offset)) {
    run += piece_length(offset + run, length - run);
  }
  return run;
}

// The last granule of a disk may be a short one.
uint64_t OverlayDisk::granule_length(uint64_t start) const {
  return std::min(kGranule, size() - start);
}

bool OverlayDisk::covers_granule(uint64_t offset, uint64_t length) const {
  return offset % kGranule == 0 && length == granule_length(offset);
}

Result<void> OverlayDisk::read_run(uint64_t offset, std::span<std::byte> out) {
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

Result<void> OverlayDisk::read_base(uint64_t offset, std::span<std::byte> out) {
  const uint64_t left = base_end_ - std::min(base_end_, offset);
  const size_t there = static_cast<size_t>(std::min<uint64_t>(left, out.size()));
  std::memset(out.data() + there, 0, out.size() - there);
  return there == 0 ? Result<void>() : base_->read(offset, out.first(there));
}

// `in` lies within one granule. The granule counts as changed only once all
// of it is in the scratch file.
Result<void> OverlayDisk::write_piece(uint64_t offset, std::span<const std::byte> in) {
  const bool complete =
      content_at(offset) == Content::kScratch || covers_granule(offset, in.size());
  auto done = complete ? scratch_->write(offset, in) : copy_on_write(offset, in);
  if (done) changed_[offset / kGranule] = Content::kScratch;
  return done;
}

Result<void> OverlayDisk::copy_on_write(uint64_t offset, std::span<const std::byte> in) {
  const uint64_t start = offset - offset % kGranule;
  std::vector<std::byte> granule(static_cast<size_t>(granule_length(start)));
  if (auto done = read_run(start, granule); !done) return done;
  std::memcpy(granule.data() + (offset - start), in.data(), in.size());
  return scratch_->write(start, granule);
}

// The granule at `start` reads as zeros from now on.
void OverlayDisk::forget(uint64_t start) {
  if (content_at(start) == Content::kScratch) {
    (void)scratch_->discard(start, granule_length(start));
  }
  changed_[start / kGranule] = Content::kZeros;
}

Result<void> OverlayDisk::for_each_changed(
    const std::function<Result<void>(uint64_t offset, std::span<const std::byte>)>& take) {
  std::vector<std::byte> granule;
  for (const auto& [number, content] : changed_) {
    const uint64_t start = number * kGranule;
    granule.resize(static_cast<size_t>(granule_length(start)));
    if (auto done = read_run(start, granule); !done) return done;
    if (auto done = take(start, granule); !done) return done;
  }
  return {};
}

void OverlayDisk::begin_again(uint64_t bytes, uint64_t base_end) {
  for (const auto& [number, content] : changed_) {
    if (content != Content::kScratch) continue;
    (void)scratch_->discard(number * kGranule, granule_length(number * kGranule));
  }
  changed_.clear();
  size_ = bytes;
  base_end_ = std::min(base_end, base_->size());
}

std::unique_ptr<BlockBackend> make_overlay_disk(std::unique_ptr<BlockBackend> base,
                                                std::unique_ptr<DiskFile> scratch) {
  return std::make_unique<OverlayDisk>(std::move(base), std::move(scratch));
}

}  // namespace vireo
