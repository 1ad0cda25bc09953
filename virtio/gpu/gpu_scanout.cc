#include "virtio/gpu/gpu_scanout.h"

#include <algorithm>

namespace vireo {
namespace {

constexpr uint32_t kOpaque = 0xff;

// One colour of a pixel whose own is multiplied by its alpha already.
uint32_t over(uint32_t above, uint32_t below, uint32_t alpha, unsigned shift) {
  const uint32_t sum = (above >> shift & 0xff) + (below >> shift & 0xff) * (kOpaque - alpha) / 255;
  return std::min(sum, kOpaque) << shift;
}

uint32_t blend(uint32_t above, uint32_t below) {
  const uint32_t alpha = above >> 24;
  return over(above, below, alpha, 16) | over(above, below, alpha, 8) |
         over(above, below, alpha, 0);
}

}  // namespace

void GpuCursor::move(uint32_t x, uint32_t y) {
  x_ = static_cast<int32_t>(x);
  y_ = static_cast<int32_t>(y);
}

void GpuCursor::define(const GpuResource& resource) {
  for (uint32_t y = 0; y < kSide; ++y) {
    const auto row = resource.row(0, y);
    std::transform(row.begin(), row.begin() + kSide, pixels_.begin() + y * kSide,
                   [&](uint32_t pixel) { return resource.format().argb(pixel); });
  }
  shown_ = true;
}

void GpuCursor::draw(Picture& picture) const {
  if (!shown_) return;
  const auto within = [](int64_t at, unsigned end) { return at >= 0 && at < int64_t{end}; };
  for (uint32_t y = 0; y < kSide; ++y) {
    const int64_t down = int64_t{y_} + y;
    if (!within(down, picture.size.height)) continue;
    for (uint32_t x = 0; x < kSide; ++x) {
      const int64_t right = int64_t{x_} + x;
      if (!within(right, picture.size.width)) continue;
      uint32_t& below = picture.row(static_cast<unsigned>(down))[right];
      below = blend(pixels_[y * kSide + x], below);
    }
  }
}

void GpuCursor::visit(Archive& archive) {
  archive.io(shown_);
  archive.io(x_);
  archive.io(y_);
  archive.io(pixels_);
}

Picture GpuScanout::picture(const GpuResource& resource) const {
  Picture picture(rect.width, rect.height);
  const GpuFormat& format = resource.format();
  for (uint32_t y = 0; y < rect.height; ++y) {
    const auto row = resource.row(rect.x, rect.y + y).first(rect.width);
    std::transform(row.begin(), row.end(), picture.row(y),
                   [&](uint32_t pixel) { return format.argb(pixel) & 0xffffff; });
  }
  cursor.draw(picture);
  return picture;
}

void GpuScanout::visit(Archive& archive) {
  archive.io(resource_id);
  archive.io(rect);
  cursor.visit(archive);
}

}  // namespace vireo
