// Two instructions in one op: half the jumps from handler to handler where a compiler's code
// computes.
#pragma once

#include "cpu/block/op.h"

namespace vireo {

// Makes `first` do what both do, if there is a handler for that; `second`, which stands behind it
// in the same block, is then no longer needed. Nobody sees the state between the two unless the
// second one faults, and then it is as behind the first; the ops behind them know their own place.
bool make_pair(Op& first, const Op& second);

// What leave_before does but for leaving (cpu/block/exits.cc).
void stop_before(Cpu& cpu, const Op& op);

}  // namespace vireo
