// Emitters of the VEX-encoded vector instructions AVX and AVX2: each chooses a
// handler for a decoded instruction and fills its operands (see Emit in
// cpu/decode/insn.h). The enums say which of a family: OpcodeRow::arg; families
// which SSE has as well use the enums of cpu/exec/sse.h.
//
// In an Op, `dst` is the destination, `aux` the register in VEX.vvvv, `src` the
// r/m register.
#pragma once

#include "cpu/decode/insn.h"

namespace vireo {

enum AvxZero : uint16_t { kVzeroupper, kVzeroall };

bool emit_avx_zero(const Insn& insn, Op& op);

}  // namespace vireo
