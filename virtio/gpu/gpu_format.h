// The pixel formats of virtio-gpu's resources (VirtIO 1.4 section 5.7.6.8).
#pragma once

#include <cstdint>
#include <optional>

namespace vireo {

// Four bytes a pixel: where in the little-endian word each colour begins, in bits.
struct GpuFormat {
  uint32_t number;  // as in resource_create_2d
  uint8_t red, green, blue;
  std::optional<uint8_t> alpha;

  // 0xAARRGGBB; a format without alpha is opaque.
  constexpr uint32_t argb(uint32_t pixel) const {
    const auto part = [pixel](uint8_t shift) { return pixel >> shift & 0xff; };
    return (alpha ? part(*alpha) : 0xff) << 24 | part(red) << 16 | part(green) << 8 | part(blue);
  }
};

// Null for a number that is none.
const GpuFormat* find_gpu_format(uint32_t number);

}  // namespace vireo
