#include "machine/board/state_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "machine/base/log.h"

namespace vireo {

StateTrace::StateTrace(const StateTraceConfig& config, EventQueue& events,
                       std::function<uint64_t()> state_hash, std::function<void()> switch_off)
    : config_(config),
      events_(events),
      state_hash_(std::move(state_hash)),
      switch_off_(std::move(switch_off)),
      event_(events, "state trace", [this] { tell(); }) {
  if (config_.every_ns == 0) return;
  event_.schedule_at(std::max(config_.from_ns, events_.now_ns() + config_.every_ns));
}

// Idle time may jump over a deadline: the next line is for the next multiple.
void StateTrace::tell() {
  const uint64_t now = events_.now_ns();
  if (now > config_.to_ns) {
    if (config_.stop) switch_off_();
    return;
  }
  Log::line(fmt::format("state {} ns {} instructions {:016x}", now,
                        events_.clock().instructions(), state_hash_()));
  event_.schedule_at(now - (now - config_.from_ns) % config_.every_ns + config_.every_ns);
}

}  // namespace vireo
