// Pairs of which one instruction, or both, load from memory.
#pragma once

#include "cpu/exec/pair_table.h"

namespace vireo::pairs {

// As make_pair, for instructions that stand at `a` and `b`.
bool pair_load_first(Op& first, const Op& second, const Place& a, const Place& b);
bool pair_load_second(Op& first, const Op& second, const Place& a, const Place& b);
bool pair_loads(Op& first, const Op& second, const Place& a, const Place& b);

}  // namespace vireo::pairs
