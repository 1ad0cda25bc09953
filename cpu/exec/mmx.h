// Emitters of the MMX instructions (SDM 1 chapter 9). OpcodeRow::arg of the
// integer families is an SseInteger, SseShift or SseExtended.
#pragma once

#include "cpu/decode/insn.h"
#include "cpu/exec/sse.h"

namespace vireo {

enum MmxMove : uint16_t {
  kMmxFromGpr, kMmxToGpr, kMmxLoad, kMmxStore, kMmxPinsrw, kMmxPextrw, kMmxPmovmskb, kMaskmovq,
  kEmms,
};

bool emit_mmx_integer(const Insn& insn, Op& op);
bool emit_mmx_shift(const Insn& insn, Op& op);
bool emit_mmx_extended(const Insn& insn, Op& op);
bool emit_mmx_move(const Insn& insn, Op& op);

}  // namespace vireo
