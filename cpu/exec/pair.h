// Two instructions on registers in one op: half the jumps from handler to handler where a
// compiler's code computes.
#pragma once

#include "cpu/block/op.h"

namespace vireo {

// Makes `first` do what both do, if there is a handler for that; `second`, which stands behind it
// in the same block, is then no longer needed. Neither of such two can fault or leave the block, so
// that nobody sees the state between them; the ops behind them know their own place.
bool make_pair(Op& first, const Op& second);

}  // namespace vireo
