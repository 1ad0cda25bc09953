// What a user may choose about a virtio-9p device; names follow QEMU's properties.
#pragma once

#include <cstddef>
#include <string>

namespace vireo {

inline constexpr size_t kMaxMountTag = 32;

struct VirtioP9Options {
  std::string mount_tag;  // mount_tag=: 1 to 32 bytes, what the guest mounts it by
  bool operator==(const VirtioP9Options&) const = default;
};

}  // namespace vireo
