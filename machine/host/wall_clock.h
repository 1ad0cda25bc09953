// The host's clocks and its randomness: the one place that looks at them.
#pragma once

#include <cstdint>

#include "machine/base/host_clock.h"

namespace vireo {

class WallClock final : public HostClock {
 public:
  int64_t unix_seconds() const override;
};

// Seconds that local time is ahead of UTC now.
int64_t host_local_offset_seconds();
// Nanoseconds on a clock that never goes back; only differences mean anything.
uint64_t host_monotonic_ns();
uint64_t host_random_seed();

}  // namespace vireo
