// The host's wall clock, for the one place that may look at it: the RTC's start.
#pragma once

#include <cstdint>

namespace vireo {

class HostClock {
 public:
  virtual ~HostClock() = default;
  // Seconds since 1970-01-01 00:00:00 UTC.
  virtual int64_t unix_seconds() const = 0;
};

}  // namespace vireo
