// Emitters of the vector instructions SSE to SSE4.2: each chooses a handler for a
// decoded instruction and fills its operands (see Emit in cpu/decode/insn.h).
// The enums say which of a family: OpcodeRow::arg.
//
// In an Op, `dst` and `src` are numbers of vector registers, or byte offsets
// into CpuState::regs where an operand is a general register.
#pragma once

#include "cpu/decode/insn.h"

namespace vireo {

// clang-format off
enum SseMove : uint16_t {
  kLoadAligned, kLoadUnaligned, kStoreAligned, kStoreUnaligned,
  kLoadSingle, kStoreSingle, kLoadDouble, kStoreDouble, kLoadQuad, kStoreQuad,
  kLoadLow, kStoreLow, kLoadHigh, kStoreHigh, kMovhlps, kMovlhps,
};
enum SseFromGpr : uint16_t { kMovd, kPinsrb, kPinsrw, kPinsrd };
enum SseFromInteger : uint16_t { kCvtsi2ss, kCvtsi2sd };
enum SseToGpr : uint16_t { kMovdOut, kPextrb, kPextrw, kPextrd, kExtractps };
enum SseMask : uint16_t { kMovmskps, kMovmskpd, kPmovmskb, kPextrwReg };
// Also the MMX forms of the same names.
enum SseInteger : uint16_t {
  kPunpcklbw, kPunpcklwd, kPunpckldq, kPunpcklqdq, kPunpckhbw, kPunpckhwd, kPunpckhdq,
  kPunpckhqdq, kPacksswb, kPackuswb, kPackssdw, kPcmpeqb, kPcmpeqw, kPcmpeqd, kPcmpgtb, kPcmpgtw,
  kPcmpgtd, kPand, kPandn, kPor, kPxor, kPaddb, kPaddw, kPaddd, kPaddq, kPaddsb, kPaddsw,
  kPaddusb, kPaddusw, kPsubb, kPsubw, kPsubd, kPsubq, kPsubsb, kPsubsw, kPsubusb, kPsubusw,
  kPmullw, kPmulhw, kPmulhuw, kPmuludq, kPmaddwd, kPsadbw, kPavgb, kPavgw, kPminub, kPmaxub,
  kPminsw, kPmaxsw, kPsrlw, kPsrld, kPsrlq, kPsraw, kPsrad, kPsllw, kPslld, kPsllq,
};
enum SseShift : uint16_t {
  kPsrlwImm, kPsrawImm, kPsllwImm, kPsrldImm, kPsradImm, kPslldImm, kPsrlqImm, kPsrldqImm,
  kPsllqImm, kPslldqImm,
};
enum SseShuffle : uint16_t {
  kPshufd, kPshufhw, kPshuflw, kShufps, kShufpd, kMovsldup, kMovshdup, kMovddup,
};
// SSSE3 (also the MMX forms, and PSHUFW), SSE4.1, SSE4.2 on integers and bits.
enum SseExtended : uint16_t {
  kPshufb, kPhaddw, kPhaddd, kPhaddsw, kPmaddubsw, kPhsubw, kPhsubd, kPhsubsw, kPsignb, kPsignw,
  kPsignd, kPmulhrsw, kPabsb, kPabsw, kPabsd, kPalignr, kPshufw, kPblendvb, kBlendvps, kBlendvpd,
  kPmuldq, kPcmpeqq, kPackusdw, kPminsb, kPminsd, kPminuw, kPminud, kPmaxsb, kPmaxsd, kPmaxuw,
  kPmaxud, kPmulld, kPhminposuw, kPcmpgtq, kPmovsxbw, kPmovsxbd, kPmovsxbq, kPmovsxwd, kPmovsxwq,
  kPmovsxdq, kPmovzxbw, kPmovzxbd, kPmovzxbq, kPmovzxwd, kPmovzxwq, kPmovzxdq, kBlendps,
  kBlendpd, kPblendw, kMpsadbw, kInsertps,
};
enum SseFloat : uint16_t {
  kAddps, kAddpd, kAddss, kAddsd, kMulps, kMulpd, kMulss, kMulsd, kSubps, kSubpd, kSubss, kSubsd,
  kDivps, kDivpd, kDivss, kDivsd, kMinps, kMinpd, kMinss, kMinsd, kMaxps, kMaxpd, kMaxss, kMaxsd,
  kSqrtps, kSqrtpd, kSqrtss, kSqrtsd, kCmpps, kCmppd, kCmpss, kCmpsd, kRsqrtps, kRsqrtss, kRcpps,
  kRcpss, kHaddpd, kHaddps, kHsubpd, kHsubps, kAddsubpd, kAddsubps, kRoundps, kRoundpd, kRoundss,
  kRoundsd, kDpps, kDppd,
};
enum SseConvert : uint16_t {
  kCvtps2pd, kCvtpd2ps, kCvtss2sd, kCvtsd2ss, kCvtdq2ps, kCvtps2dq, kCvttps2dq, kCvttpd2dq,
  kCvtdq2pd, kCvtpd2dq,
};
enum SseToInteger : uint16_t { kCvtss2si, kCvtsd2si, kCvttss2si, kCvttsd2si };
enum MmxToXmm : uint16_t { kCvtpi2ps, kCvtpi2pd, kMovq2dq };
enum XmmToMmx : uint16_t { kCvtps2pi, kCvtpd2pi, kCvttps2pi, kCvttpd2pi, kMovdq2q };
enum SseFlags : uint16_t { kUcomiss, kUcomisd, kComiss, kComisd, kPtest };
enum SseString : uint16_t { kPcmpestrm, kPcmpestri, kPcmpistrm, kPcmpistri };
enum FxsaveKind : uint16_t { kFxsave, kFxrstor };
enum MxcsrKind : uint16_t { kLdmxcsr, kStmxcsr };
// clang-format on

bool emit_sse_move(const Insn& insn, Op& op);
bool emit_sse_from_gpr(const Insn& insn, Op& op);
bool emit_sse_to_gpr(const Insn& insn, Op& op);
bool emit_sse_mask(const Insn& insn, Op& op);
bool emit_maskmovdqu(const Insn& insn, Op& op);
// The memory operand [rDI] of the byte-masked stores.
void emit_rdi(const Insn& insn, Op& op);
bool emit_movnti(const Insn& insn, Op& op);
bool emit_sse_integer(const Insn& insn, Op& op);
bool emit_sse_shift(const Insn& insn, Op& op);
bool emit_sse_shuffle(const Insn& insn, Op& op);
bool emit_sse_extended(const Insn& insn, Op& op);
bool emit_sse_float(const Insn& insn, Op& op);
bool emit_sse_convert(const Insn& insn, Op& op);
bool emit_sse_to_integer(const Insn& insn, Op& op);
bool emit_sse_from_integer(const Insn& insn, Op& op);
bool emit_mmx_to_xmm(const Insn& insn, Op& op);
bool emit_xmm_to_mmx(const Insn& insn, Op& op);
bool emit_sse_flags(const Insn& insn, Op& op);
bool emit_sse_string(const Insn& insn, Op& op);
// arg 1: the source is a byte.
bool emit_crc32(const Insn& insn, Op& op);
bool emit_fxsave(const Insn& insn, Op& op);
bool emit_mxcsr(const Insn& insn, Op& op);
// Fences and prefetches: memory is strongly ordered here, so nothing to do.
bool emit_sse_hint(const Insn& insn, Op& op);

}  // namespace vireo
