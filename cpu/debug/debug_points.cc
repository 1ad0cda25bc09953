#include "cpu/debug/debug_points.h"

#include <algorithm>

namespace vireo {
namespace {

constexpr uint64_t kOffsetMask = 0xfff;

bool concerns(DebugPoints::Watch watch, bool write) {
  if (watch == DebugPoints::Watch::kAccess) return true;
  return (watch == DebugPoints::Watch::kWrite) == write;
}

// Of a range that may not go round to 0.
uint64_t last_of(uint64_t first, uint64_t size) {
  return first + std::min(std::max<uint64_t>(size, 1) - 1, ~first);
}

}  // namespace

void DebugPoints::add_breakpoint(uint64_t linear) {
  breakpoints_.insert(std::upper_bound(breakpoints_.begin(), breakpoints_.end(), linear), linear);
  offsets_.set(linear & kOffsetMask);
}

bool DebugPoints::remove_breakpoint(uint64_t linear) {
  const auto at = std::lower_bound(breakpoints_.begin(), breakpoints_.end(), linear);
  if (at == breakpoints_.end() || *at != linear) return false;
  breakpoints_.erase(at);
  offsets_[linear & kOffsetMask] =
      std::any_of(breakpoints_.begin(), breakpoints_.end(),
                  [&](uint64_t other) { return ((other ^ linear) & kOffsetMask) == 0; });
  return true;
}

void DebugPoints::add_watchpoint(uint64_t linear, uint64_t size, Watch watch) {
  watchpoints_.push_back({linear, last_of(linear, size), watch});
}

bool DebugPoints::remove_watchpoint(uint64_t linear, uint64_t size, Watch watch) {
  const Watchpoint wanted{linear, last_of(linear, size), watch};
  const auto at = std::find(watchpoints_.begin(), watchpoints_.end(), wanted);
  if (at == watchpoints_.end()) return false;
  watchpoints_.erase(at);
  return true;
}

bool DebugPoints::breaks_at(uint64_t linear) const {
  return std::binary_search(breakpoints_.begin(), breakpoints_.end(), linear);
}

bool DebugPoints::watches_page(uint64_t linear) const {
  const uint64_t first = linear & ~kOffsetMask, last = linear | kOffsetMask;
  return std::any_of(watchpoints_.begin(), watchpoints_.end(),
                     [&](const Watchpoint& w) { return w.first <= last && w.last >= first; });
}

DebugPoints::Hit DebugPoints::meets(uint64_t linear, uint64_t size, bool write) const {
  const uint64_t last = last_of(linear, size);
  for (const Watchpoint& w : watchpoints_) {
    if (!concerns(w.watch, write) || w.first > last || w.last < linear) continue;
    return {std::max(w.first, linear), w.watch, true};
  }
  return {};
}

}  // namespace vireo
