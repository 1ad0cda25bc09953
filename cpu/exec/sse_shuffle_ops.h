// SSE to SSE3 shuffles and duplications of dwords, words and quadwords, as
// functions on values.
#pragma once

#include "cpu/exec/sse_lanes.h"

namespace vireo {

inline __m128i pshufd(__m128i s, unsigned imm) {
  const auto in = to_lanes<uint32_t>(s);
  return from_lanes<uint32_t>(
      {in[imm & 3], in[imm >> 2 & 3], in[imm >> 4 & 3], in[imm >> 6 & 3]});
}

// Four words from `first` on.
inline __m128i shuffle_words(__m128i s, unsigned imm, unsigned first) {
  const auto in = to_lanes<uint16_t>(s);
  auto out = in;
  for (unsigned i = 0; i < 4; ++i) out[first + i] = in[first + (imm >> (2 * i) & 3)];
  return from_lanes<uint16_t>(out);
}
inline __m128i pshuflw(__m128i s, unsigned imm) { return shuffle_words(s, imm, 0); }
inline __m128i pshufhw(__m128i s, unsigned imm) { return shuffle_words(s, imm, 4); }

inline __m128i shufps(__m128i d, __m128i s, unsigned imm) {
  const auto a = to_lanes<uint32_t>(d), b = to_lanes<uint32_t>(s);
  return from_lanes<uint32_t>(
      {a[imm & 3], a[imm >> 2 & 3], b[imm >> 4 & 3], b[imm >> 6 & 3]});
}
inline __m128i shufpd(__m128i d, __m128i s, unsigned imm) {
  const auto a = to_lanes<uint64_t>(d), b = to_lanes<uint64_t>(s);
  return from_lanes<uint64_t>({a[imm & 1], b[imm >> 1 & 1]});
}

inline __m128i movsldup(__m128i s) { return _mm_shuffle_epi32(s, 0xa0); }
inline __m128i movshdup(__m128i s) { return _mm_shuffle_epi32(s, 0xf5); }
inline __m128i movddup(__m128i s) { return _mm_unpacklo_epi64(s, s); }

}  // namespace vireo
