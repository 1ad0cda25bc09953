#include "machine/board/outside/undo_disk.h"

#include <algorithm>
#include <utility>

namespace vireo {
namespace {

constexpr uint64_t kPiece = 1 << 20;

}  // namespace

Result<void> UndoDisk::keep(uint64_t offset, uint64_t length) {
  while (remembers_ && length > 0) {
    const uint64_t piece = std::min(length, kPiece);
    Change change{disk_->size(), offset, std::vector<std::byte>(static_cast<size_t>(piece))};
    if (auto read = disk_->read(offset, change.before); !read) return read;
    kept_bytes_ += piece;
    changes_.push_back(std::move(change));
    offset += piece;
    length -= piece;
  }
  return {};
}

Result<void> UndoDisk::write(uint64_t offset, std::span<const std::byte> in) {
  if (auto kept = keep(offset, in.size()); !kept) return kept;
  return disk_->write(offset, in);
}

Result<void> UndoDisk::discard(uint64_t offset, uint64_t length) {
  if (auto kept = keep(offset, length); !kept) return kept;
  return disk_->discard(offset, length);
}

Result<void> UndoDisk::write_zeroes(uint64_t offset, uint64_t length, bool may_unmap) {
  if (auto kept = keep(offset, length); !kept) return kept;
  return disk_->write_zeroes(offset, length, may_unmap);
}

// What is cut off is kept, or else the size alone.
Result<void> UndoDisk::resize(uint64_t bytes) {
  const uint64_t before = size();
  if (remembers_) changes_.push_back({before, 0, {}});
  if (bytes < before) {
    if (auto kept = keep(bytes, before - bytes); !kept) return kept;
  }
  return disk_->resize(bytes);
}

Result<void> UndoDisk::take_back(uint64_t mark) {
  while (!changes_.empty() && this->mark() > mark) {
    const Change& last = changes_.back();
    if (last.size != disk_->size()) {
      if (auto resized = disk_->resize(last.size); !resized) return resized;
    }
    if (auto written = disk_->write(last.offset, last.before); !written) return written;
    kept_bytes_ -= last.before.size();
    changes_.pop_back();
  }
  return {};
}

void UndoDisk::forget_before(uint64_t mark) {
  for (; !changes_.empty() && forgotten_ < mark; ++forgotten_) {
    kept_bytes_ -= changes_.front().before.size();
    changes_.pop_front();
  }
}

}  // namespace vireo
