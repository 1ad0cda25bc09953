// XSAVE and its relatives: emitters (see Emit in cpu/decode/insn.h).
#pragma once

#include "cpu/cpu.h"
#include "cpu/decode/insn.h"

namespace vireo {

enum XsaveKind : uint16_t { kXsave, kXsaveopt, kXsavec, kXrstor, kXgetbv, kXsetbv };

bool emit_xsave(const Insn& insn, Op& op);

// The state components that are not in their initial configuration (SDM 1 13.6).
uint64_t xsave_in_use(Cpu& cpu);

// The gate that XSAVE, XRSTOR and their relatives share: #UD, #NM. False: a fault
// is pending.
bool xsave_begin(Cpu& cpu);

// EDX:EAX.
uint64_t xsave_mask(const Cpu& cpu);

namespace sys {
Status xrstor(Cpu& cpu, const Op* op);
Status xgetbv(Cpu& cpu, const Op* op);
Status xsetbv(Cpu& cpu, const Op* op);
}  // namespace sys

}  // namespace vireo
