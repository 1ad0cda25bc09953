// What a network card has done so far, for `info network` and the log.
#pragma once

#include <cstdint>
#include <string>

#include "machine/base/counter_visitor.h"

namespace vireo {

// A batch is one look at a queue that moved something: a kick's worth of frames, and at
// most one interrupt.
struct NetCounters {
  uint64_t frames = 0;
  uint64_t bytes = 0;
  uint64_t batches = 0;
  uint64_t dropped = 0;
};

struct NetStatistics {
  NetCounters received;  // by the guest
  NetCounters sent;
  // "received 3 frames, 180 bytes in 2 batches, 0 dropped; sent ..."
  std::string text() const;
  // "received_frames", "sent_dropped" and so on.
  void for_each(const CounterVisitor& visit) const;
};

}  // namespace vireo
