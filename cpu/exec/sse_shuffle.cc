// SSE to SSE3 shuffles and duplications of dwords, words and quadwords.
#include "cpu/exec/sse.h"
#include "cpu/exec/sse_handler.h"

namespace vireo {
namespace {

using Dwords = std::array<uint32_t, 4>;
using Words = std::array<uint16_t, 8>;
using Quads = std::array<uint64_t, 2>;

__m128i pshufd(__m128i s, unsigned imm) {
  const auto in = std::bit_cast<Dwords>(s);
  return std::bit_cast<__m128i>(
      Dwords{in[imm & 3], in[imm >> 2 & 3], in[imm >> 4 & 3], in[imm >> 6 & 3]});
}

// Four words from `first` on.
__m128i shuffle_words(__m128i s, unsigned imm, unsigned first) {
  const auto in = std::bit_cast<Words>(s);
  Words out = in;
  for (unsigned i = 0; i < 4; ++i) out[first + i] = in[first + (imm >> (2 * i) & 3)];
  return std::bit_cast<__m128i>(out);
}
__m128i pshuflw(__m128i s, unsigned imm) { return shuffle_words(s, imm, 0); }
__m128i pshufhw(__m128i s, unsigned imm) { return shuffle_words(s, imm, 4); }

__m128i shufps(__m128i d, __m128i s, unsigned imm) {
  const auto a = std::bit_cast<Dwords>(d), b = std::bit_cast<Dwords>(s);
  return std::bit_cast<__m128i>(
      Dwords{a[imm & 3], a[imm >> 2 & 3], b[imm >> 4 & 3], b[imm >> 6 & 3]});
}
__m128i shufpd(__m128i d, __m128i s, unsigned imm) {
  const auto a = std::bit_cast<Quads>(d), b = std::bit_cast<Quads>(s);
  return std::bit_cast<__m128i>(Quads{a[imm & 1], b[imm >> 1 & 1]});
}

__m128i movsldup(__m128i s) { return _mm_shuffle_epi32(s, 0xa0); }
__m128i movshdup(__m128i s) { return _mm_shuffle_epi32(s, 0xf5); }
__m128i movddup(__m128i s) { return _mm_unpacklo_epi64(s, s); }

}  // namespace

bool emit_sse_shuffle(const Insn& insn, Op& op) {
  switch (insn.row->arg) {
    case kPshufd: return emit_vec(insn, op, vec_op<pshufd>());
    case kPshufhw: return emit_vec(insn, op, vec_op<pshufhw>());
    case kPshuflw: return emit_vec(insn, op, vec_op<pshuflw>());
    case kShufps: return emit_vec(insn, op, vec_op<shufps>());
    case kShufpd: return emit_vec(insn, op, vec_op<shufpd>());
    case kMovsldup: return emit_vec(insn, op, vec_op<movsldup>());
    case kMovshdup: return emit_vec(insn, op, vec_op<movshdup>());
    case kMovddup: return emit_vec(insn, op, vec_op<movddup, VecSource::k64>());
    default: return false;
  }
}

}  // namespace vireo
