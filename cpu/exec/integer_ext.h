// Emitters of the later extensions on general registers: MOVBE, ADX, LZCNT, BMI1,
// BMI2. See Emit in cpu/decode/insn.h.
#pragma once

#include "cpu/decode/insn.h"

namespace vireo {

enum MovbeKind : uint16_t { kMovbeLoad, kMovbeStore };
enum AdxKind : uint16_t { kAdcx, kAdox };
enum BmiKind : uint16_t {
  kAndn, kBextr, kBzhi, kBlsr, kBlsmsk, kBlsi, kMulx, kPdep, kPext, kRorx, kShlx, kShrx, kSarx
};
enum CountZerosKind : uint16_t { kLzcnt, kTzcnt };

bool emit_movbe(const Insn& insn, Op& op);
bool emit_adx(const Insn& insn, Op& op);
bool emit_bmi(const Insn& insn, Op& op);
// Without its feature the encoding is BSR or BSF, whose rows ignore the F3.
bool emit_count_zeros(const Insn& insn, Op& op);

}  // namespace vireo
