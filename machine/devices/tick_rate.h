// Conversion between virtual nanoseconds and the ticks of a chip's crystal, in
// exact integer arithmetic.
#pragma once

#include <cstdint>

namespace vireo {

// A crystal of `hz` ticks per second (1 to 10^9) whose tick 0 is at time 0.
struct TickRate {
  static constexpr uint64_t kNsPerSecond = 1'000'000'000;
  uint64_t hz;

  // Whole ticks that have passed at `ns`.
  constexpr uint64_t ticks_at(uint64_t ns) const {
    return ns / kNsPerSecond * hz + ns % kNsPerSecond * hz / kNsPerSecond;
  }

  // The first nanosecond at which ticks_at() gives `tick`; UINT64_MAX when that
  // lies past the end of time.
  constexpr uint64_t ns_at(uint64_t tick) const {
    const uint64_t seconds = tick / hz;
    if (seconds >= UINT64_MAX / kNsPerSecond) return UINT64_MAX;
    return seconds * kNsPerSecond + (tick % hz * kNsPerSecond + hz - 1) / hz;
  }
};

}  // namespace vireo
