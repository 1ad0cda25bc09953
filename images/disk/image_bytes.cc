#include "images/disk/image_bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace vireo {

Result<void> ImageBytes::read(uint64_t offset, std::span<std::byte> out) {
  if (out.empty()) return {};
  if (offset >= end_) {
    return Error{fmt::format("{}: is cut short: {} bytes at {} are missing, it ends at {}", name(),
                             out.size(), offset, end_)};
  }
  const auto there = static_cast<size_t>(std::min<uint64_t>(out.size(), end_ - offset));
  std::memset(out.data() + there, 0, out.size() - there);
  return file_->read(offset, out.first(there));
}

Result<void> ImageBytes::write(uint64_t offset, std::span<const std::byte> in) {
  auto done = file_->write(offset, in);
  if (done) end_ = std::max(end_, offset + in.size());
  return done;
}

Result<void> ImageBytes::barrier() {
  return flush_ == FlushPolicy::kNever ? Result<void>() : file_->sync();
}

void ImageBytes::discard(uint64_t offset, uint64_t length) {
  if (offset >= end_) return;
  (void)file_->discard(offset, std::min(length, end_ - offset));
}

}  // namespace vireo
