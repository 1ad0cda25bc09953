// A picture that a driver keeps in the device, and the guest memory which it is filled from
// (VirtIO 1.4 section 5.7.6.8).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "machine/base/archive.h"
#include "machine/base/guest_memory.h"
#include "virtio/gpu/gpu_format.h"
#include "virtio/gpu/gpu_protocol.h"

namespace vireo {

// Whether `r` lies within a picture of this size; an empty one does.
bool gpu_rect_within(const virtio_gpu::Rect& r, uint32_t width, uint32_t height);

class GpuResource {
 public:
  // Guest memory in pieces, longer than a driver has use for.
  static constexpr uint32_t kMaxEntries = 16384;
  static constexpr uint32_t kBytesPerPixel = 4;

  GpuResource() = default;
  // Black. `format` is one that find_gpu_format() knows.
  GpuResource(uint32_t format, uint32_t width, uint32_t height);

  uint32_t width() const { return width_; }
  uint32_t height() const { return height_; }
  // What one of that size and so many pieces takes of the host's memory, in bytes.
  static uint64_t cost(uint64_t width, uint64_t height, uint64_t entries);
  uint64_t cost() const { return cost(width_, height_, entries_.size()); }

  bool backed() const { return !entries_.empty(); }
  // Takes pieces of guest memory, at most kMaxEntries; none: it has no backing.
  void attach(std::vector<virtio_gpu::MemEntry> entries);
  // Bytes of all pieces.
  uint64_t backing_bytes() const { return entries_.empty() ? 0 : ends_.back(); }

  // Fills the rectangle, which must lie within, with what begins at `offset` of the backing in
  // rows of the resource's width. False, and nothing changed, when the backing ends before; false
  // as well when some of it is no memory of the guest.
  bool transfer(const GuestMemory& memory, const virtio_gpu::Rect& r, uint64_t offset);

  // Pixels of row `y` from `x` on, to the right end; format().argb() reads them.
  std::span<const uint32_t> row(uint32_t x, uint32_t y) const {
    return std::span(pixels_).subspan(size_t{y} * width_ + x, width_ - x);
  }
  const GpuFormat& format() const { return *find_gpu_format(format_); }

  // Fails for what no create and attach could have made; `most` bounds the pixels' bytes.
  void visit(Archive& archive, uint64_t most);

 private:
  bool read(const GuestMemory& memory, uint64_t offset, std::span<std::byte> out) const;
  void count_ends();
  void visit_pixels(Archive& archive);

  uint32_t format_ = 1;
  uint32_t width_ = 0, height_ = 0;
  std::vector<uint32_t> pixels_;
  std::vector<virtio_gpu::MemEntry> entries_;
  std::vector<uint64_t> ends_;  // of each piece, from the backing's begin
};

}  // namespace vireo
