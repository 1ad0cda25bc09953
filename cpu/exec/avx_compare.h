// The 32 predicates of VCMPxx (SDM 2A table 3-1) on SSE hosts, which have eight.
#pragma once

#include "cpu/exec/sse_float_ops.h"

namespace vireo {

// Of two values exactly one holds; a predicate is the set of those that satisfy it.
enum Relation : unsigned { kEqual = 1, kLess = 2, kGreater = 4, kUnordered = 8 };

// Predicates 0 to 15; with bit 4 they differ in whether quiet NaNs are invalid.
inline constexpr unsigned kPredicates[16] = {
    kEqual, kLess, kLess | kEqual, kUnordered,
    kLess | kGreater | kUnordered, kGreater | kEqual | kUnordered, kGreater | kUnordered,
    kLess | kEqual | kGreater,
    kEqual | kUnordered, kLess | kUnordered, kLess | kEqual | kUnordered, 0,
    kLess | kGreater, kGreater | kEqual, kGreater, 15,
};
constexpr bool signals_quiet_nan(unsigned predicate) {
  constexpr unsigned kSignalling = 0x6666;  // of the first sixteen
  return ((kSignalling >> (predicate & 15)) ^ (predicate >> 4)) & 1;
}

// The host's instructions for one format. With NaNs taken out of both operands
// no compare after the first can find an operand invalid.
template <auto unordered, auto equal, auto less>
__m128i compare_by(__m128i d, __m128i s, unsigned imm) {
  const unsigned predicate = imm & 31, wanted = kPredicates[predicate & 15];
  if (signals_quiet_nan(predicate)) less(d, s);
  const __m128i is_unordered = unordered(d, s);
  const __m128i a = _mm_andnot_si128(is_unordered, d), b = _mm_andnot_si128(is_unordered, s);
  const __m128i is_equal = _mm_andnot_si128(is_unordered, equal(a, b));
  const __m128i is_less = less(a, b);
  const __m128i known = _mm_or_si128(is_unordered, _mm_or_si128(is_equal, is_less));
  const auto when = [wanted](unsigned relation, __m128i mask) {
    return wanted & relation ? mask : _mm_setzero_si128();
  };
  const __m128i is_greater = _mm_andnot_si128(known, _mm_set1_epi8(-1));
  return _mm_or_si128(_mm_or_si128(when(kEqual, is_equal), when(kLess, is_less)),
                      _mm_or_si128(when(kGreater, is_greater), when(kUnordered, is_unordered)));
}

inline __m128i compare_singles(__m128i d, __m128i s, unsigned imm) {
  return compare_by<host::cmpunordps, host::cmpeqps, host::cmpltps>(d, s, imm);
}
inline __m128i compare_doubles(__m128i d, __m128i s, unsigned imm) {
  return compare_by<host::cmpunordpd, host::cmpeqpd, host::cmpltpd>(d, s, imm);
}

// The low element alone: elsewhere zeros are compared, which raises nothing.
inline __m128i compare_single(__m128i d, __m128i s, unsigned imm) {
  const __m128i low = _mm_cvtsi32_si128(-1);
  const __m128i r = compare_singles(_mm_and_si128(d, low), _mm_and_si128(s, low), imm);
  return _mm_or_si128(_mm_and_si128(r, low), _mm_andnot_si128(low, d));
}
inline __m128i compare_double(__m128i d, __m128i s, unsigned imm) {
  const __m128i low = _mm_cvtsi64_si128(-1);
  const __m128i r = compare_doubles(_mm_and_si128(d, low), _mm_and_si128(s, low), imm);
  return _mm_or_si128(_mm_and_si128(r, low), _mm_andnot_si128(low, d));
}

}  // namespace vireo
