// Callbacks at exact instruction counts of the whole machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "machine/base/virtual_clock.h"

namespace vireo {

// The run loop stops its processors at the nearest alarm and calls it between two instructions,
// before the events of virtual time that are due there. Alarms are no state of the machine: they
// neither change a run nor outlive it in a snapshot.
class InstructionAlarms {
 public:
  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  // Calls once, when so many instructions have retired (VirtualClock::instructions()); at once
  // where that is past. Those of one count in the order in which they were set.
  void set(uint64_t instructions, std::function<void()> callback) {
    size_t place = alarms_.size();
    while (place > 0 && alarms_[place - 1].first > instructions) --place;
    alarms_.emplace(alarms_.begin() + static_cast<ptrdiff_t>(place), instructions,
                    std::move(callback));
  }

  uint64_t next() const { return alarms_.empty() ? kNever : alarms_.front().first; }

  // Calls all that are due, also those which callbacks set. A callback may take the clock back.
  void run_due(const VirtualClock& clock) {
    while (next() <= clock.instructions()) {
      const auto callback = std::move(alarms_.front().second);
      alarms_.erase(alarms_.begin());
      callback();
    }
  }

  void clear() { alarms_.clear(); }

 private:
  std::vector<std::pair<uint64_t, std::function<void()>>> alarms_;  // earliest first
};

}  // namespace vireo
