// Turns a fuzzer's bytes into code: as they are, and as instructions of any row of
// the instruction table with any prefixes, so that few end in #UD at once.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/fuzz/fuzz_input.h"

namespace vireo::fuzz {

// About `size` bytes of code for any mode.
std::vector<uint8_t> fuzzed_code(FuzzInput& input, size_t size);

}  // namespace vireo::fuzz
