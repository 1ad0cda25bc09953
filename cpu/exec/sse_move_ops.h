// Moves between vector registers and memory as functions on values, and what
// their stores take from a register.
#pragma once

#include "cpu/exec/sse_handler.h"

namespace vireo {

inline __m128i copy(__m128i s) { return s; }
inline __m128i merge_single(__m128i d, __m128i s) {
  return _mm_castps_si128(_mm_move_ss(_mm_castsi128_ps(d), _mm_castsi128_ps(s)));
}
inline __m128i merge_double(__m128i d, __m128i s) {
  return _mm_castpd_si128(_mm_move_sd(_mm_castsi128_pd(d), _mm_castsi128_pd(s)));
}
inline __m128i low_to_high(__m128i d, __m128i s) { return _mm_unpacklo_epi64(d, s); }
inline __m128i high_to_low(__m128i d, __m128i s) { return _mm_unpackhi_epi64(s, d); }
inline __m128i low_quad(__m128i s) { return _mm_move_epi64(s); }

// What a store takes from a register.
template <bool aligned>
struct Whole {
  using Gate = SseGate;
  static constexpr bool kAligned = aligned;
  static Vec128 take(const Cpu& cpu, const Op* op) {
    return {cpu.vec[op->src].u64[0], cpu.vec[op->src].u64[1]};
  }
};
template <typename T, unsigned index>
struct Part {
  using Gate = SseGate;
  static constexpr bool kAligned = false;
  static T take(const Cpu& cpu, const Op* op) {
    if constexpr (sizeof(T) == 4) return cpu.vec[op->src].u32[index];
    else return cpu.vec[op->src].u64[index];
  }
};

}  // namespace vireo
