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

// clang-format off
enum AvxZero : uint16_t { kVzeroupper, kVzeroall };
enum AvxShiftEach : uint16_t { kVpsllvd, kVpsllvq, kVpsrlvd, kVpsrlvq, kVpsravd };
// Beside those of SseFlags.
enum AvxFlags : uint16_t { kVtestps = 16, kVtestpd };
enum AvxPermute : uint16_t {
  kVpermilps, kVpermilpd, kVpermilpsImm, kVpermilpdImm, kVpermd, kVpermq, kVperm2f128,
  kVinsertf128, kVextractf128, kVbroadcastb, kVbroadcastw, kVbroadcastd, kVbroadcastq,
  kVbroadcastf128,
};
enum AvxMasked : uint16_t { kMaskLoadd, kMaskLoadq, kMaskStored, kMaskStoreq };
// First letter: size of the indices; second: of the elements.
enum AvxGather : uint16_t { kGatherdd, kGatherdq, kGatherqd, kGatherqq };
// clang-format on

bool emit_avx_move(const Insn& insn, Op& op);
bool emit_avx_from_gpr(const Insn& insn, Op& op);
bool emit_avx_to_gpr(const Insn& insn, Op& op);
bool emit_avx_mask(const Insn& insn, Op& op);
bool emit_avx_flags(const Insn& insn, Op& op);
bool emit_avx_integer(const Insn& insn, Op& op);
bool emit_avx_shift(const Insn& insn, Op& op);
bool emit_avx_shift_each(const Insn& insn, Op& op);
bool emit_avx_extended(const Insn& insn, Op& op);
bool emit_avx_blend(const Insn& insn, Op& op);
bool emit_avx_float(const Insn& insn, Op& op);
bool emit_avx_convert(const Insn& insn, Op& op);
bool emit_avx_to_integer(const Insn& insn, Op& op);
bool emit_avx_from_integer(const Insn& insn, Op& op);
bool emit_avx_shuffle(const Insn& insn, Op& op);
bool emit_avx_permute(const Insn& insn, Op& op);
bool emit_avx_masked(const Insn& insn, Op& op);
bool emit_avx_gather(const Insn& insn, Op& op);
bool emit_avx_zero(const Insn& insn, Op& op);

}  // namespace vireo
