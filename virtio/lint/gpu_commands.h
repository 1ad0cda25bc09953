// The commands of virtio-gpu as the driver lint knows them (VirtIO 1.4 section 5.7.6).
#pragma once

#include <cstdint>
#include <string_view>

#include "virtio/gpu/gpu_protocol.h"

namespace vireo {

struct GpuCommand {
  virtio_gpu::Type type;
  std::string_view name;
  uint32_t fields;   // bytes behind the header, without what a command has any number of
  uint32_t answer;   // bytes of the longest good answer with its header
  uint64_t feature;  // what must be negotiated for it; 0: nothing
};

// Null for a number that no command has.
const GpuCommand* find_gpu_command(virtio_gpu::Type type);
// Whether it belongs into the cursor queue (5.7.2).
bool is_gpu_cursor_command(virtio_gpu::Type type);

}  // namespace vireo
