// What regular instructions do to registers, for those who read a trace: the part of their
// outcome that is not told.
#pragma once

#include <cstdint>

#include "cpu/trace/trace_effects.h"
#include "cpu/trace/trace_registers.h"

namespace vireo {

// An instruction of a trace, decoded again. `rip` is where it is.
struct TraceMeant {
  Insn insn;
  TraceEffects effects;
  uint64_t rip = 0;
};

// The linear address and the value of its store; `registers` are those before it.
uint64_t meant_address(const TraceMeant& meant, const TraceRegisters& registers);
uint64_t meant_value(const TraceMeant& meant, const TraceRegisters& registers);
// Does to `registers` what its meaning says, RSP's change included.
void do_meaning(const TraceMeant& meant, TraceRegisters& registers);

// The low `size` bytes.
inline uint64_t size_mask(unsigned size) {
  return size >= 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * size) - 1;
}

}  // namespace vireo
