// What a user may choose about a virtio-gpu device; names follow QEMU's properties.
#pragma once

#include <cstdint>

namespace vireo {

struct VirtioGpuOptions {
  // What a mode line of EDID can say, and no less than guests can use.
  static constexpr uint32_t kSmallest = 64, kLargest = 4095;
  static constexpr uint32_t kMostOutputs = 16;

  uint32_t xres = 1280, yres = 800;  // xres=, yres=: the first display's own size, in pixels
  uint32_t max_outputs = 1;          // max_outputs=: displays; only the first is ever connected
  bool edid = true;                  // edid=: tell what the display is
  uint64_t max_hostmem = uint64_t{256} << 20;  // max_hostmem=: bytes of all resources
  bool operator==(const VirtioGpuOptions&) const = default;
};

}  // namespace vireo
