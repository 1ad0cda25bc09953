#include "machine/host/frame_pace.h"

#include <time.h>

#include <algorithm>

namespace vireo {
namespace {

constexpr CpuTime kLeastPause = std::chrono::milliseconds(16);
constexpr CpuTime kLongestPause = std::chrono::milliseconds(400);
constexpr int kShare = 20;

}  // namespace

CpuTime pause_after_picture(CpuTime cost) {
  return std::clamp(std::min(cost, kLongestPause) * kShare, kLeastPause, kLongestPause);
}

CpuTime thread_cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace vireo
