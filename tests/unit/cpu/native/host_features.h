// What the host's own processor can run of the instruction table.
#pragma once

#include <cstdint>

#include "cpu/decode/insn.h"

namespace vireo {

// Whether the host's CPUID shows a CpuFeature and, for what needs YMM registers, its
// operating system saves them. What CPUID never shows (kFeatNone) is there.
bool host_has(uint8_t feature);

// The same for a row; one that the host lacks is named in the test's output, once.
bool host_can_run(const OpcodeRow& row);

}  // namespace vireo
