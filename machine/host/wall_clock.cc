#include "machine/host/wall_clock.h"

#include <sys/random.h>

#include <ctime>

namespace vireo {

int64_t WallClock::unix_seconds() const { return static_cast<int64_t>(std::time(nullptr)); }

int64_t host_local_offset_seconds() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  if (::localtime_r(&now, &local) == nullptr) return 0;
  return local.tm_gmtoff;
}

uint64_t host_monotonic_ns() {
  std::timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

uint64_t host_random_seed() {
  uint64_t seed = 0;
  // Short of entropy only in a very early boot of the host; the time must do then.
  if (::getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {
    return host_monotonic_ns();
  }
  return seed;
}

}  // namespace vireo
