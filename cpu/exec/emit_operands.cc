// Operand helpers that all emitters share.
#include "cpu/decode/insn.h"
#include "cpu/exec/access.h"

namespace vireo {

uint8_t reg_offset(unsigned number, unsigned size, bool rex) {
  if (size == 1 && !rex && number >= 4 && number < 8) {
    return static_cast<uint8_t>((number - 4) * 8 + 1);  // AH, CH, DH, BH
  }
  return static_cast<uint8_t>(number * 8);
}

Form emit_memory(const Insn& insn, Op& op) {
  op.base = static_cast<uint8_t>(insn.base * 8);
  op.index = static_cast<uint8_t>(insn.index * 8);
  op.scale = insn.scale;
  op.disp = insn.disp;
  op.seg = insn.seg;
  op.addr_size = insn.addr_size;
  if (insn.flat32 && insn.addr_size == 4 && (insn.seg == kDs || insn.seg == kSs)) {
    return insn.index == kZeroReg ? Form::kFlat32Base : Form::kFlat32;
  }
  const bool flat64 = insn.mode == CodeMode::k64 && insn.addr_size == 8 && insn.seg < kFs;
  if (!flat64) return Form::kFull;
  return insn.index == kZeroReg ? Form::kBase : Form::kSib;
}

}  // namespace vireo
