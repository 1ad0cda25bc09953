// Emitters of the x87 instructions (SDM 1 chapter 8). In an Op, `src` is the i
// of ST(i), `imm` the 11-bit FPU opcode, `aux` tells a memory operand.
#pragma once

#include "cpu/decode/insn.h"

namespace vireo {

// clang-format off
enum X87Memory : uint16_t {
  kAddSingle, kMulSingle, kComSingle, kCompSingle, kSubSingle, kSubrSingle, kDivSingle, kDivrSingle,
  kAddDouble, kMulDouble, kComDouble, kCompDouble, kSubDouble, kSubrDouble, kDivDouble, kDivrDouble,
  kAddInt32, kMulInt32, kComInt32, kCompInt32, kSubInt32, kSubrInt32, kDivInt32, kDivrInt32,
  kAddInt16, kMulInt16, kComInt16, kCompInt16, kSubInt16, kSubrInt16, kDivInt16, kDivrInt16,
  kLoadSingle87, kLoadDouble87, kLoadExtended, kLoadInt16, kLoadInt32, kLoadInt64, kLoadBcd,
  kStoreSingle87, kStoreDouble87, kStoreInt16, kStoreInt32,
  kStorePopSingle87, kStorePopDouble87, kStorePopExtended, kStorePopInt16, kStorePopInt32,
  kStorePopInt64, kStorePopBcd, kTruncateInt16, kTruncateInt32, kTruncateInt64,
};
enum X87Register : uint16_t {
  kFadd, kFmul, kFsub, kFsubr, kFdiv, kFdivr,              // ST(0) with ST(i) to ST(0)
  kFaddTo, kFmulTo, kFsubTo, kFsubrTo, kFdivTo, kFdivrTo,  // ST(i) with ST(0) to ST(i)
  kFaddp, kFmulp, kFsubp, kFsubrp, kFdivp, kFdivrp,        // the same, then pop
  kFcom, kFcomp, kFcompp, kFucom, kFucomp, kFucompp, kFcomi, kFcomip, kFucomi, kFucomip,
  kFldReg, kFxch, kFnop, kFfree, kFfreep, kFstReg, kFstpReg,
  kFstpUnchecked,
  kFcmovb, kFcmove, kFcmovbe, kFcmovu, kFcmovnb, kFcmovne, kFcmovnbe, kFcmovnu,
  kFchs, kFabs, kFtst, kFxam, kFld1, kFldl2t, kFldl2e, kFldpi, kFldlg2, kFldln2, kFldz,
  kF2xm1, kFyl2x, kFptan, kFpatan, kFxtract, kFprem1, kFdecstp, kFincstp, kFprem, kFyl2xp1,
  kFsqrt, kFsincos, kFrndint, kFscale, kFsin, kFcos,
};
enum X87Control : uint16_t {
  kFldenv, kFldcw, kFnstenv, kFnstcw, kFrstor, kFnsave, kFnstsw, kFnstswAx, kFnclex, kFninit,
  kFnopControl, kFwait,
};
// clang-format on

bool emit_x87_memory(const Insn& insn, Op& op);
bool emit_x87_register(const Insn& insn, Op& op);
bool emit_x87_control(const Insn& insn, Op& op);

}  // namespace vireo
