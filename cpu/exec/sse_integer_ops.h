// The SSE2 integer operations which MMX has as well, as a table from
// OpcodeRow::arg to functions on vectors. MMX uses the low half of a vector.
#pragma once

#include <emmintrin.h>

#include <bit>

#include "cpu/exec/sse.h"

namespace vireo {

// Make::with<f>() for the arithmetic `arg` that works lane by lane, so that it
// holds for vectors of any width; Make::none() for any other.
template <class Make>
auto arithmetic_operation(unsigned arg) {
  switch (arg) {
    case kPunpcklbw: return Make::template with<_mm_unpacklo_epi8>();
    case kPunpcklwd: return Make::template with<_mm_unpacklo_epi16>();
    case kPunpckldq: return Make::template with<_mm_unpacklo_epi32>();
    case kPcmpeqb: return Make::template with<_mm_cmpeq_epi8>();
    case kPcmpeqw: return Make::template with<_mm_cmpeq_epi16>();
    case kPcmpeqd: return Make::template with<_mm_cmpeq_epi32>();
    case kPcmpgtb: return Make::template with<_mm_cmpgt_epi8>();
    case kPcmpgtw: return Make::template with<_mm_cmpgt_epi16>();
    case kPcmpgtd: return Make::template with<_mm_cmpgt_epi32>();
    case kPand: return Make::template with<_mm_and_si128>();
    case kPandn: return Make::template with<_mm_andnot_si128>();
    case kPor: return Make::template with<_mm_or_si128>();
    case kPxor: return Make::template with<_mm_xor_si128>();
    case kPaddb: return Make::template with<_mm_add_epi8>();
    case kPaddw: return Make::template with<_mm_add_epi16>();
    case kPaddd: return Make::template with<_mm_add_epi32>();
    case kPaddq: return Make::template with<_mm_add_epi64>();
    case kPaddsb: return Make::template with<_mm_adds_epi8>();
    case kPaddsw: return Make::template with<_mm_adds_epi16>();
    case kPaddusb: return Make::template with<_mm_adds_epu8>();
    case kPaddusw: return Make::template with<_mm_adds_epu16>();
    case kPsubb: return Make::template with<_mm_sub_epi8>();
    case kPsubw: return Make::template with<_mm_sub_epi16>();
    case kPsubd: return Make::template with<_mm_sub_epi32>();
    case kPsubq: return Make::template with<_mm_sub_epi64>();
    case kPsubsb: return Make::template with<_mm_subs_epi8>();
    case kPsubsw: return Make::template with<_mm_subs_epi16>();
    case kPsubusb: return Make::template with<_mm_subs_epu8>();
    case kPsubusw: return Make::template with<_mm_subs_epu16>();
    case kPmullw: return Make::template with<_mm_mullo_epi16>();
    case kPmulhw: return Make::template with<_mm_mulhi_epi16>();
    case kPmulhuw: return Make::template with<_mm_mulhi_epu16>();
    case kPmuludq: return Make::template with<_mm_mul_epu32>();
    case kPmaddwd: return Make::template with<_mm_madd_epi16>();
    case kPsadbw: return Make::template with<_mm_sad_epu8>();
    case kPavgb: return Make::template with<_mm_avg_epu8>();
    case kPavgw: return Make::template with<_mm_avg_epu16>();
    case kPminub: return Make::template with<_mm_min_epu8>();
    case kPmaxub: return Make::template with<_mm_max_epu8>();
    case kPminsw: return Make::template with<_mm_min_epi16>();
    case kPmaxsw: return Make::template with<_mm_max_epi16>();
    default: return Make::none();
  }
}

// The same for shifts of all lanes by the low quadword of a vector.
template <class Make>
auto count_operation(unsigned arg) {
  switch (arg) {
    case kPsrlw: return Make::template with<_mm_srl_epi16>();
    case kPsrld: return Make::template with<_mm_srl_epi32>();
    case kPsrlq: return Make::template with<_mm_srl_epi64>();
    case kPsraw: return Make::template with<_mm_sra_epi16>();
    case kPsrad: return Make::template with<_mm_sra_epi32>();
    case kPsllw: return Make::template with<_mm_sll_epi16>();
    case kPslld: return Make::template with<_mm_sll_epi32>();
    case kPsllq: return Make::template with<_mm_sll_epi64>();
    default: return Make::none();
  }
}

template <class Make>
auto lane_operation(unsigned arg) {
  const bool shift = arg >= kPsrlw && arg <= kPsllq;
  return shift ? count_operation<Make>(arg) : arithmetic_operation<Make>(arg);
}

// Unpacking and packing of whole XMM registers (each half of a YMM register).
template <class Make>
auto xmm_operation(unsigned arg) {
  switch (arg) {
    case kPunpcklqdq: return Make::template with<_mm_unpacklo_epi64>();
    case kPunpckhbw: return Make::template with<_mm_unpackhi_epi8>();
    case kPunpckhwd: return Make::template with<_mm_unpackhi_epi16>();
    case kPunpckhdq: return Make::template with<_mm_unpackhi_epi32>();
    case kPunpckhqdq: return Make::template with<_mm_unpackhi_epi64>();
    case kPacksswb: return Make::template with<_mm_packs_epi16>();
    case kPackuswb: return Make::template with<_mm_packus_epi16>();
    case kPackssdw: return Make::template with<_mm_packs_epi32>();
    default: return Make::none();
  }
}

// --- shifts by an immediate; counts past the width give zero or all signs ---
inline __m128i shift_count(unsigned imm) { return _mm_cvtsi32_si128(static_cast<int>(imm)); }
inline __m128i psrlw_imm(__m128i s, unsigned imm) { return _mm_srl_epi16(s, shift_count(imm)); }
inline __m128i psrld_imm(__m128i s, unsigned imm) { return _mm_srl_epi32(s, shift_count(imm)); }
inline __m128i psrlq_imm(__m128i s, unsigned imm) { return _mm_srl_epi64(s, shift_count(imm)); }
inline __m128i psraw_imm(__m128i s, unsigned imm) { return _mm_sra_epi16(s, shift_count(imm)); }
inline __m128i psrad_imm(__m128i s, unsigned imm) { return _mm_sra_epi32(s, shift_count(imm)); }
inline __m128i psllw_imm(__m128i s, unsigned imm) { return _mm_sll_epi16(s, shift_count(imm)); }
inline __m128i pslld_imm(__m128i s, unsigned imm) { return _mm_sll_epi32(s, shift_count(imm)); }
inline __m128i psllq_imm(__m128i s, unsigned imm) { return _mm_sll_epi64(s, shift_count(imm)); }

template <class Make>
auto shift_operation(unsigned arg) {
  switch (arg) {
    case kPsrlwImm: return Make::template with<psrlw_imm>();
    case kPsrldImm: return Make::template with<psrld_imm>();
    case kPsrlqImm: return Make::template with<psrlq_imm>();
    case kPsrawImm: return Make::template with<psraw_imm>();
    case kPsradImm: return Make::template with<psrad_imm>();
    case kPsllwImm: return Make::template with<psllw_imm>();
    case kPslldImm: return Make::template with<pslld_imm>();
    case kPsllqImm: return Make::template with<psllq_imm>();
    default: return Make::none();
  }
}

// By bytes, over the whole register.
inline __m128i psrldq_imm(__m128i s, unsigned imm) {
  const auto wide = std::bit_cast<unsigned __int128>(s);
  return std::bit_cast<__m128i>(imm > 15 ? 0 : wide >> (8 * imm));
}
inline __m128i pslldq_imm(__m128i s, unsigned imm) {
  const auto wide = std::bit_cast<unsigned __int128>(s);
  return std::bit_cast<__m128i>(imm > 15 ? 0 : wide << (8 * imm));
}

}  // namespace vireo
