// The stack that a 16- or 32-bit task state segment holds for an inner privilege
// level (SDM 3A 5.8.5, 7.2.1).
#pragma once

#include "cpu/cpu.h"

namespace vireo {

struct InnerStack {
  Segment ss;
  uint64_t sp = 0;
};

// Reads and checks SSn:ESPn of the current TSS. False: #TS, #SS or #PF is
// pending, with `ext` in its error code.
bool inner_stack_from_tss(Cpu& cpu, unsigned cpl, uint32_t ext, InnerStack& out);

}  // namespace vireo
