// Model-specific registers as RDMSR and WRMSR see them.
#pragma once

#include <cstdint>

#include "cpu/cpu.h"

namespace vireo {

// The clock must be exact (Cpu::sync_clock). False: no such register, or a value
// that it refuses; the instruction raises #GP(0) and nothing has changed.
bool read_msr(Cpu& cpu, uint32_t index, uint64_t& value);
bool write_msr(Cpu& cpu, uint32_t index, uint64_t value);

}  // namespace vireo
