// The line of memory that MONITOR has armed, and the wait of MWAIT for a store to
// it (SDM 2B "MONITOR", "MWAIT"; SDM 3A 9.10.2).
#pragma once

#include <cstdint>

#include "machine/base/archive.h"
#include "machine/base/guest_addr.h"

namespace vireo {

struct StoreMonitor {
  static constexpr uint64_t kLineBytes = 64;  // as CPUID leaf 5 tells
  bool armed = false;
  bool waiting = false;        // what halted the processor was MWAIT
  bool any_interrupt = false;  // an interrupt ends the wait even while IF is 0
  uint64_t line = 0;           // physical address, while armed

  // Whether a store to [addr, addr + length), within one page, is one to the line.
  bool covers(GuestAddr addr, uint64_t length) const {
    return armed && addr.value < line + kLineBytes && line < addr.value + length;
  }
  void visit(Archive& archive) {
    archive.io(armed);
    archive.io(waiting);
    archive.io(any_interrupt);
    archive.io(line);
  }
};

}  // namespace vireo
