// What a display of a virtio-gpu device shows: part of a resource, and a cursor over it
// (VirtIO 1.4 sections 5.7.6.8 and 5.7.6.10).
#pragma once

#include <array>
#include <cstdint>

#include "machine/base/archive.h"
#include "machine/base/picture.h"
#include "virtio/gpu/gpu_resource.h"

namespace vireo {

class GpuCursor {
 public:
  void hide() { shown_ = false; }
  // The upper left corner; it may be outside on any side.
  void move(uint32_t x, uint32_t y);
  // A copy of the resource, which must have kCursorSide pixels each way.
  void define(const GpuResource& resource);
  void draw(Picture& picture) const;
  void visit(Archive& archive);

 private:
  static constexpr uint32_t kSide = virtio_gpu::kCursorSide;
  bool shown_ = false;
  int32_t x_ = 0, y_ = 0;
  // 0xAARRGGBB, the colours multiplied by alpha, as the DRM of Linux gives them.
  std::array<uint32_t, kSide * kSide> pixels_{};
};

struct GpuScanout {
  uint32_t resource_id = 0;  // 0: off
  virtio_gpu::Rect rect;     // within the resource
  GpuCursor cursor;

  void turn_off() { resource_id = 0; }
  Picture picture(const GpuResource& resource) const;
  void visit(Archive& archive);
};

}  // namespace vireo
