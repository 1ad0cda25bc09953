// Floating-point arithmetic as functions on values, each one host instruction.
//
// Inline assembly rather than intrinsics: a compiler may swap the operands of a
// commutative operation (and with them which NaN survives), compute at compile
// time, or move an operation to where its sticky flags should not arise.
#pragma once

#include <emmintrin.h>

#include <cstdint>

namespace vireo::host {

#define VIREO_SSE_BINARY(name)                                    \
  inline __m128i name(__m128i d, __m128i s) {                     \
    asm volatile(#name " %1, %0" : "+x"(d) : "x"(s));             \
    return d;                                                     \
  }
#define VIREO_SSE_UNARY(name)                                     \
  inline __m128i name(__m128i s) {                                \
    __m128i d;                                                    \
    asm volatile(#name " %1, %0" : "=x"(d) : "x"(s));             \
    return d;                                                     \
  }
#define VIREO_SSE_ALL_WIDTHS(name) \
  VIREO_SSE_BINARY(name##ps)       \
  VIREO_SSE_BINARY(name##pd)       \
  VIREO_SSE_BINARY(name##ss)       \
  VIREO_SSE_BINARY(name##sd)

VIREO_SSE_ALL_WIDTHS(add)
VIREO_SSE_ALL_WIDTHS(sub)
VIREO_SSE_ALL_WIDTHS(mul)
VIREO_SSE_ALL_WIDTHS(div)
VIREO_SSE_ALL_WIDTHS(min)
VIREO_SSE_ALL_WIDTHS(max)
VIREO_SSE_UNARY(sqrtps)
VIREO_SSE_UNARY(sqrtpd)
VIREO_SSE_BINARY(sqrtss)
VIREO_SSE_BINARY(sqrtsd)

VIREO_SSE_UNARY(cvtps2pd)
VIREO_SSE_UNARY(cvtpd2ps)
VIREO_SSE_BINARY(cvtss2sd)
VIREO_SSE_BINARY(cvtsd2ss)
VIREO_SSE_UNARY(cvtdq2ps)
VIREO_SSE_UNARY(cvtps2dq)
VIREO_SSE_UNARY(cvttps2dq)
VIREO_SSE_UNARY(cvttpd2dq)
VIREO_SSE_UNARY(cvtdq2pd)
VIREO_SSE_UNARY(cvtpd2dq)

#undef VIREO_SSE_ALL_WIDTHS
#undef VIREO_SSE_UNARY

// The eight predicates of CMPxx, each an instruction of its own.
#define VIREO_SSE_COMPARE(width)  \
  VIREO_SSE_BINARY(cmpeq##width)  \
  VIREO_SSE_BINARY(cmplt##width)  \
  VIREO_SSE_BINARY(cmple##width)  \
  VIREO_SSE_BINARY(cmpunord##width) \
  VIREO_SSE_BINARY(cmpneq##width) \
  VIREO_SSE_BINARY(cmpnlt##width) \
  VIREO_SSE_BINARY(cmpnle##width) \
  VIREO_SSE_BINARY(cmpord##width)

VIREO_SSE_COMPARE(ps)
VIREO_SSE_COMPARE(pd)
VIREO_SSE_COMPARE(ss)
VIREO_SSE_COMPARE(sd)

#undef VIREO_SSE_COMPARE
#undef VIREO_SSE_BINARY

// Vector to integer register.
#define VIREO_SSE_TO_INTEGER(name)                            \
  template <typename T>                                       \
  inline T name(__m128i s) {                                  \
    T r;                                                      \
    asm volatile(#name " %1, %0" : "=r"(r) : "x"(s));         \
    return r;                                                 \
  }
VIREO_SSE_TO_INTEGER(cvtss2si)
VIREO_SSE_TO_INTEGER(cvtsd2si)
VIREO_SSE_TO_INTEGER(cvttss2si)
VIREO_SSE_TO_INTEGER(cvttsd2si)
#undef VIREO_SSE_TO_INTEGER

inline __m128i from_integer_ss(__m128i d, uint32_t v) {
  asm volatile("cvtsi2ssl %1, %0" : "+x"(d) : "r"(v));
  return d;
}
inline __m128i from_integer_ss(__m128i d, uint64_t v) {
  asm volatile("cvtsi2ssq %1, %0" : "+x"(d) : "r"(v));
  return d;
}
inline __m128i from_integer_sd(__m128i d, uint32_t v) {
  asm volatile("cvtsi2sdl %1, %0" : "+x"(d) : "r"(v));
  return d;
}
inline __m128i from_integer_sd(__m128i d, uint64_t v) {
  asm volatile("cvtsi2sdq %1, %0" : "+x"(d) : "r"(v));
  return d;
}

// Compares that set flags: as AH after LAHF and AL after SETO, which is
// PackedFlags.
#define VIREO_SSE_FLAGS(name)                                                        \
  inline uint16_t name(__m128i a, __m128i b) {                                       \
    uint16_t f;                                                                      \
    asm volatile(#name " %2, %1\n\tlahf\n\tseto %%al" : "=a"(f) : "x"(a), "x"(b) : "cc"); \
    return f;                                                                        \
  }
VIREO_SSE_FLAGS(ucomiss)
VIREO_SSE_FLAGS(ucomisd)
VIREO_SSE_FLAGS(comiss)
VIREO_SSE_FLAGS(comisd)
#undef VIREO_SSE_FLAGS

}  // namespace vireo::host
