// Trace lines that tell the state of the whole machine by a hash, at fixed
// virtual times: runs that must be equal are compared by their lines.
#pragma once

#include <cstdint>
#include <functional>

#include "machine/base/event_queue.h"
#include "machine/board/machine_config.h"

namespace vireo {

class StateTrace {
 public:
  // Lines come while it lives; none when the configuration asks for none.
  StateTrace(const StateTraceConfig& config, EventQueue& events,
             std::function<uint64_t()> state_hash, std::function<void()> switch_off);

 private:
  void tell();

  StateTraceConfig config_;
  EventQueue& events_;
  std::function<uint64_t()> state_hash_;
  std::function<void()> switch_off_;
  Event event_;
};

}  // namespace vireo
