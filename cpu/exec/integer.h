// Emitters of the integer instructions: each chooses a handler for a decoded
// instruction and fills its operands. See Emit in cpu/decode/insn.h.
#pragma once

#include "cpu/decode/insn.h"

namespace vireo {

// Which of a family: OpcodeRow::arg.
enum AluKind : uint16_t { kAluAdd, kAluOr, kAluAdc, kAluSbb, kAluAnd, kAluSub, kAluXor, kAluCmp };
enum UnaryKind : uint16_t { kUnaryNot, kUnaryNeg, kUnaryInc, kUnaryDec };
enum MulDivKind : uint16_t { kMul, kImul, kDiv, kIdiv };
enum ShiftKind : uint16_t {
  kShiftRol, kShiftRor, kShiftRcl, kShiftRcr, kShiftShl, kShiftShr, kShiftSar
};
enum DoubleShiftKind : uint16_t { kShld, kShrd };
enum ExtendKind : uint16_t { kZero8, kZero16, kSign8, kSign16, kSign32 };
enum BitKind : uint16_t { kBitBt, kBitBts, kBitBtr, kBitBtc };
enum BitScanKind : uint16_t { kBsf, kBsr, kPopcnt };
enum FlagInsnKind : uint16_t { kSahf, kLahf, kCmc, kClc, kStc, kCld, kStd, kSalc };
enum LoopKind : uint16_t { kLoopne, kLoope, kLoop, kJcxz };
enum StringKind : uint16_t { kMovs, kCmps, kStos, kLods, kScas };
enum BcdKind : uint16_t { kDaa, kDas, kAaa, kAas, kAam, kAad };

bool emit_alu(const Insn& insn, Op& op);
bool emit_test(const Insn& insn, Op& op);
bool emit_unary(const Insn& insn, Op& op);
bool emit_muldiv(const Insn& insn, Op& op);
bool emit_imul(const Insn& insn, Op& op);
bool emit_shift(const Insn& insn, Op& op);
bool emit_double_shift(const Insn& insn, Op& op);
bool emit_mov(const Insn& insn, Op& op);
bool emit_moffs(const Insn& insn, Op& op);
bool emit_lea(const Insn& insn, Op& op);
bool emit_extend(const Insn& insn, Op& op);
bool emit_cmov(const Insn& insn, Op& op);
bool emit_setcc(const Insn& insn, Op& op);
bool emit_xchg(const Insn& insn, Op& op);
bool emit_xchg_ax(const Insn& insn, Op& op);
bool emit_xadd(const Insn& insn, Op& op);
bool emit_cmpxchg(const Insn& insn, Op& op);
bool emit_cmpxchg_wide(const Insn& insn, Op& op);
bool emit_bswap(const Insn& insn, Op& op);
bool emit_convert(const Insn& insn, Op& op);
bool emit_xlat(const Insn& insn, Op& op);
bool emit_bit_test(const Insn& insn, Op& op);
bool emit_bit_scan(const Insn& insn, Op& op);
bool emit_flag_insn(const Insn& insn, Op& op);
bool emit_push(const Insn& insn, Op& op);
bool emit_pop(const Insn& insn, Op& op);
bool emit_leave(const Insn& insn, Op& op);
bool emit_enter(const Insn& insn, Op& op);
bool emit_pusha(const Insn& insn, Op& op);
bool emit_jcc(const Insn& insn, Op& op);
bool emit_jmp(const Insn& insn, Op& op);
bool emit_call(const Insn& insn, Op& op);
bool emit_jmp_indirect(const Insn& insn, Op& op);
bool emit_call_indirect(const Insn& insn, Op& op);
bool emit_ret(const Insn& insn, Op& op);
bool emit_loop(const Insn& insn, Op& op);
bool emit_string(const Insn& insn, Op& op);
bool emit_bcd(const Insn& insn, Op& op);
bool emit_bound(const Insn& insn, Op& op);

// A compare or test and the conditional jump behind it in one op, where both
// have a form for that; false: leave them apart. `op` is the jump's slot.
bool emit_fused(const Insn& compare, const Insn& jump, Op& op);

}  // namespace vireo
