// Vector compares that set RFLAGS, as functions on values.
#pragma once

#include "cpu/exec/sse_float_ops.h"
#include "cpu/state/flags.h"

namespace vireo {

// ZF: s and d have no bit in common; CF: s has no bit that d lacks.
inline PackedFlags ptest(__m128i d, __m128i s) {
  const auto is_zero = [](__m128i v) {
    return _mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_setzero_si128())) == 0xffff;
  };
  return static_cast<PackedFlags>((is_zero(_mm_and_si128(d, s)) ? kPackedZf : 0) |
                                  (is_zero(_mm_andnot_si128(d, s)) ? kPackedCf : 0));
}

}  // namespace vireo
