// What a user may choose about a virtio-rng device; names follow QEMU's properties.
#pragma once

#include <cstdint>

namespace vireo {

struct VirtioRngOptions {
  static constexpr uint64_t kUnlimited = INT64_MAX;

  uint64_t max_bytes = kUnlimited;  // max-bytes=: of entropy in each period, 1 or more
  uint32_t period_ms = 65536;       // period=: of virtual time, 1 or more
  bool operator==(const VirtioRngOptions&) const = default;
};

}  // namespace vireo
