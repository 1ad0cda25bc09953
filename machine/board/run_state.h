// Where the run loop stands: the part of a run's state that is no device's.
#pragma once

#include <cstdint>

#include "machine/base/archive.h"

namespace vireo {

// Kept beside the run loop, which comes and goes, so that a snapshot has it.
struct RunState {
  uint64_t next_poll_ns = 0;  // when the gate is opened next
  // The gate is being opened because that time has come: who saves now goes on behind it.
  bool polling = false;
  bool after_poll = false;  // a loaded state goes on there
  // Virtual time that passed while idle without the host's (Idle).
  uint64_t owed_ns = 0;
  uint32_t turns = 0;  // of the run loop since it last looked at what the host wishes
  bool loaded = false;      // another state has come: begin the turn again

  void visit(Archive& archive) {
    bool behind = polling;
    archive.io(next_poll_ns);
    archive.io(behind);
    archive.io(owed_ns);
    archive.io(turns);
    if (archive.saving()) return;
    after_poll = behind;
    loaded = true;
  }
};

}  // namespace vireo
