#include "machine/board/idle.h"

#include <algorithm>

namespace vireo {
namespace {

// The host cannot sleep for shorter times than this with any accuracy: they are
// saved up. A guest that waits for a disk many times is not slowed down by it.
constexpr uint64_t kShortestSleepNs = 1'000'000;

}  // namespace

bool Idle::follows_host() const {
  if (config_.sleep == OnOffAuto::kAuto) return host_.has_live_input();
  return config_.sleep == OnOffAuto::kOn;
}

void Idle::pass_time() {
  const auto deadline = core_.events.next_deadline_ns();
  if (!deadline) {
    // Only somebody outside can wake the guest now.
    input_.flush();
    (void)host_.wait_for_input(UINT64_MAX);
  } else if (follows_host()) {
    sleep_until(*deadline);
  } else {
    core_.clock.skip_idle(*deadline - std::min(*deadline, core_.clock.now_ns()));
  }
}

void Idle::sleep_until(uint64_t deadline_ns) {
  const uint64_t gap = deadline_ns - std::min(deadline_ns, core_.clock.now_ns());
  if (gap < kShortestSleepNs - std::min(state_.owed_ns, kShortestSleepNs)) {
    state_.owed_ns += gap;
    core_.clock.skip_idle(gap);
    return;
  }
  input_.flush();
  const uint64_t wanted = gap > UINT64_MAX - state_.owed_ns ? UINT64_MAX : gap + state_.owed_ns;
  const uint64_t slept = host_.wait_for_input(wanted);
  const uint64_t paid = std::min(slept, state_.owed_ns);
  state_.owed_ns -= paid;
  core_.clock.skip_idle(std::min(slept - paid, gap));
}

}  // namespace vireo
