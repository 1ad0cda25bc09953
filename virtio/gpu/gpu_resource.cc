#include "virtio/gpu/gpu_resource.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vireo {

using virtio_gpu::MemEntry;
using virtio_gpu::Rect;

bool gpu_rect_within(const Rect& r, uint32_t width, uint32_t height) {
  return uint64_t{r.x} + r.width <= width && uint64_t{r.y} + r.height <= height;
}

GpuResource::GpuResource(uint32_t format, uint32_t width, uint32_t height)
    : format_(format), width_(width), height_(height), pixels_(size_t{width} * height) {}

uint64_t GpuResource::cost(uint64_t width, uint64_t height, uint64_t entries) {
  constexpr uint64_t kNode = 64;  // of the map that holds it
  return width * height * kBytesPerPixel + entries * (sizeof(MemEntry) + sizeof(uint64_t)) +
         sizeof(GpuResource) + kNode;
}

void GpuResource::attach(std::vector<MemEntry> entries) {
  entries_ = std::move(entries);
  count_ends();
}

void GpuResource::count_ends() {
  ends_.clear();
  uint64_t end = 0;
  for (const MemEntry& entry : entries_) ends_.push_back(end += entry.length);
}

bool GpuResource::transfer(const GuestMemory& memory, const Rect& r, uint64_t offset) {
  if (r.width == 0 || r.height == 0) return true;
  const uint64_t stride = uint64_t{width_} * kBytesPerPixel;
  const uint64_t needed = stride * (r.height - 1) + uint64_t{r.width} * kBytesPerPixel;
  if (needed > backing_bytes() || offset > backing_bytes() - needed) return false;
  for (uint32_t y = 0; y < r.height; ++y) {
    const auto row = std::span(pixels_).subspan(size_t{r.y + y} * width_ + r.x, r.width);
    if (!read(memory, offset + stride * y, std::as_writable_bytes(row))) return false;
  }
  return true;
}

bool GpuResource::read(const GuestMemory& memory, uint64_t offset,
                       std::span<std::byte> out) const {
  auto at = static_cast<size_t>(std::upper_bound(ends_.begin(), ends_.end(), offset) -
                                ends_.begin());
  for (; !out.empty() && at < entries_.size(); ++at) {
    const MemEntry& entry = entries_[at];
    const uint64_t inside = offset - (ends_[at] - entry.length);
    const auto length = static_cast<size_t>(std::min<uint64_t>(entry.length - inside, out.size()));
    if (!memory.read_bytes(GuestAddr{entry.addr} + inside, out.first(length))) return false;
    out = out.subspan(length);
    offset += length;
  }
  return out.empty();
}

void GpuResource::visit(Archive& archive, uint64_t most) {
  archive.io(format_);
  archive.io(width_);
  archive.io(height_);
  const bool sound = find_gpu_format(format_) != nullptr && width_ != 0 && height_ != 0 &&
                     uint64_t{width_} * height_ <= most / kBytesPerPixel;
  if (!sound) {
    *this = GpuResource();
    return archive.fail();
  }
  visit_pixels(archive);
  archive.io(entries_, kMaxEntries);
  count_ends();
}

// In blocks: one call for each pixel would take its time.
void GpuResource::visit_pixels(Archive& archive) {
  if (!archive.saving()) pixels_.assign(size_t{width_} * height_, 0);
  std::array<uint32_t, 1024> block;
  size_t at = 0;
  for (; at + block.size() <= pixels_.size() && archive.ok(); at += block.size()) {
    const auto pixels = std::span(pixels_).subspan(at, block.size());
    std::copy(pixels.begin(), pixels.end(), block.begin());
    archive.io(block);
    std::copy(block.begin(), block.end(), pixels.begin());
  }
  for (; at < pixels_.size() && archive.ok(); ++at) archive.io(pixels_[at]);
}

}  // namespace vireo
