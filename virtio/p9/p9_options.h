// What a user may choose about a virtio-9p device; names follow QEMU's properties.
#pragma once

#include <string>

namespace vireo {

struct VirtioP9Options {
  std::string mount_tag;  // mount_tag=: 1 to 32 bytes, what the guest mounts it by
};

}  // namespace vireo
