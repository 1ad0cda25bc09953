// Operand patterns of the integer rows: which side is memory, register or
// immediate, filled into an op in one place.
#pragma once

#include "cpu/decode/insn.h"
#include "cpu/exec/select.h"

namespace vireo {

inline bool is_rm(Opd o) {
  return o == Opd::kEb || o == Opd::kEw || o == Opd::kEd || o == Opd::kEq || o == Opd::kEv ||
         o == Opd::kEy;
}
inline bool is_immediate(Opd o) {
  return o == Opd::kIb || o == Opd::kIbs || o == Opd::kIw || o == Opd::kIz || o == Opd::kIv;
}

// Byte offset of the register that operand `o` names at `size` bytes.
inline uint8_t operand_register(const Insn& insn, Opd o, unsigned size) {
  const bool rex = insn.rex != 0;
  switch (o) {
    case Opd::kAl: case Opd::kAx: return 0;
    case Opd::kZb: case Opd::kZv:
      return reg_offset((insn.opcode & 7) | (insn.rex & 1) << 3, size, rex);
    case Opd::kGb: case Opd::kGw: case Opd::kGv: case Opd::kGy: case Opd::kGd:
      return reg_offset(insn.reg, size, rex);
    case Opd::kBy: return reg_offset(insn.vvvv, size, rex);
    default: return reg_offset(insn.rm, size, rex);
  }
}

// The five shapes of a two-operand integer instruction.
enum class Shape : uint8_t { kRegReg, kRegImm, kRegMem, kMemReg, kMemImm };

struct Shaped {
  Shape shape;
  Form form;
};

// Fills dst, src, imm and the memory operand of `op` from the row's first two
// operands, both of `insn.op_size` bytes.
inline Shaped shape_operands(const Insn& insn, Op& op) {
  const Opd first = insn.row->operands[0], second = insn.row->operands[1];
  const unsigned size = insn.op_size;
  op.imm = static_cast<int64_t>(insn.imm);
  const bool memory_first = is_rm(first) && insn.memory();
  const bool memory_second = is_rm(second) && insn.memory();
  Form form = Form::kBase;
  if (memory_first || memory_second) form = emit_memory(insn, op);
  if (!memory_first) op.dst = operand_register(insn, first, size);
  if (!memory_second && !is_immediate(second)) op.src = operand_register(insn, second, size);
  if (memory_first) return {is_immediate(second) ? Shape::kMemImm : Shape::kMemReg, form};
  if (memory_second) return {Shape::kRegMem, form};
  return {is_immediate(second) ? Shape::kRegImm : Shape::kRegReg, form};
}

}  // namespace vireo
