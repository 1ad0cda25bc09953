// MMX arithmetic, logic, packing and shuffles, and what SSE to SSSE3 add.
#include "cpu/exec/mmx_handler.h"
#include "cpu/exec/sse_integer_ops.h"
#include "cpu/exec/sse_ssse3_ops.h"

namespace vireo {
namespace {

// The high halves of 64-bit operands, interleaved.
template <auto unpack_low>
__m128i unpack_high(__m128i d, __m128i s) {
  return _mm_srli_si128(unpack_low(d, s), 8);
}

// Packing takes d for the low half of the result and s for the high one.
template <auto pack>
__m128i pack_pair(__m128i d, __m128i s) {
  const __m128i both = _mm_unpacklo_epi64(d, s);
  return pack(both, both);
}

__m128i pshufw(__m128i s, unsigned imm) {
  const auto in = to_lanes<uint16_t>(s);
  return from_lanes<uint16_t>(
      {in[imm & 3], in[imm >> 2 & 3], in[imm >> 4 & 3], in[imm >> 6 & 3]});
}

MmxHandlers integer_handlers(unsigned arg) {
  switch (arg) {
    // The low unpacks read half of their source from memory (SDM 2B "PUNPCKLBW").
    case kPunpcklbw: return mmx_handlers<MmxOp<_mm_unpacklo_epi8, 4>>();
    case kPunpcklwd: return mmx_handlers<MmxOp<_mm_unpacklo_epi16, 4>>();
    case kPunpckldq: return mmx_handlers<MmxOp<_mm_unpacklo_epi32, 4>>();
    case kPunpckhbw: return MakeMmx::with<unpack_high<_mm_unpacklo_epi8>>();
    case kPunpckhwd: return MakeMmx::with<unpack_high<_mm_unpacklo_epi16>>();
    case kPunpckhdq: return MakeMmx::with<unpack_high<_mm_unpacklo_epi32>>();
    case kPacksswb: return MakeMmx::with<pack_pair<_mm_packs_epi16>>();
    case kPackuswb: return MakeMmx::with<pack_pair<_mm_packus_epi16>>();
    case kPackssdw: return MakeMmx::with<pack_pair<_mm_packs_epi32>>();
    default: return lane_operation<MakeMmx>(arg);
  }
}

}  // namespace

bool emit_mmx_integer(const Insn& insn, Op& op) {
  return emit_mmx(insn, op, integer_handlers(insn.row->arg));
}

bool emit_mmx_shift(const Insn& insn, Op& op) {
  emit_mmx(insn, op, shift_operation<MakeMmx>(insn.row->arg));
  op.dst = insn.rm & 7;
  return op.fn != nullptr;
}

bool emit_mmx_extended(const Insn& insn, Op& op) {
  if (insn.row->arg == kPshufw) return emit_mmx(insn, op, MakeMmx::with<pshufw>());
  return emit_mmx(insn, op, ssse3_operation<MakeMmx, 8>(insn.row->arg));
}

}  // namespace vireo
