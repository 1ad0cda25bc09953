// x * y + z and its relatives on vectors, with the host's instruction where there
// is one and fma_soft() elsewhere. Always the form 231, so that of several NaNs the
// first in the order x, y, z survives, whatever the guest's form.
#pragma once

#include <emmintrin.h>

#include "cpu/exec/access.h"
#include "cpu/exec/fma.h"
#include "cpu/exec/fma_soft.h"
#include "cpu/exec/sse_env.h"
#include "cpu/exec/sse_lanes.h"

namespace vireo {

inline const bool kHostHasFma = __builtin_cpu_supports("fma");

constexpr bool is_scalar(FmaType type) { return type >= kFmaSs; }
constexpr bool is_double(FmaType type) { return type == kFmaPd || type == kFmaSd; }

template <FmaKind kind, FmaType type>
__m128i host_fma(__m128i x, __m128i y, __m128i z) {
#define VIREO_FMA(the_kind, the_type, insn)                        \
  if constexpr (kind == the_kind && type == the_type) {            \
    asm volatile(insn " %2, %1, %0" : "+x"(z) : "x"(x), "x"(y));   \
    return z;                                                      \
  }
#define VIREO_FMA_ALL(the_kind, name)          \
  VIREO_FMA(the_kind, kFmaPs, name "231ps")    \
  VIREO_FMA(the_kind, kFmaPd, name "231pd")    \
  VIREO_FMA(the_kind, kFmaSs, name "231ss")    \
  VIREO_FMA(the_kind, kFmaSd, name "231sd")
  VIREO_FMA(kFmaddsub, kFmaPs, "vfmaddsub231ps")
  VIREO_FMA(kFmaddsub, kFmaPd, "vfmaddsub231pd")
  VIREO_FMA(kFmsubadd, kFmaPs, "vfmsubadd231ps")
  VIREO_FMA(kFmsubadd, kFmaPd, "vfmsubadd231pd")
  VIREO_FMA_ALL(kFmadd, "vfmadd")
  VIREO_FMA_ALL(kFmsub, "vfmsub")
  VIREO_FMA_ALL(kFnmadd, "vfnmadd")
  VIREO_FMA_ALL(kFnmsub, "vfnmsub")
#undef VIREO_FMA_ALL
#undef VIREO_FMA
}

// Whether z is subtracted in lane `i`.
constexpr bool subtracts(FmaKind kind, unsigned i) {
  if (kind == kFmaddsub) return i % 2 == 0;
  if (kind == kFmsubadd) return i % 2 == 1;
  return kind == kFmsub || kind == kFnmsub;
}

template <FmaKind kind, FmaType type>
__m128i soft_fma(__m128i x, __m128i y, __m128i z) {
  using Bits = std::conditional_t<is_double(type), uint64_t, uint32_t>;
  const auto a = to_lanes<Bits>(x), b = to_lanes<Bits>(y);
  auto out = to_lanes<Bits>(z);
  const uint32_t mxcsr = host_mxcsr();
  uint32_t flags = 0;
  constexpr bool kNegate = kind == kFnmadd || kind == kFnmsub;
  for (unsigned i = 0; i < (is_scalar(type) ? 1 : out.size()); ++i) {
    out[i] = fma_soft(a[i], b[i], out[i], kNegate, subtracts(kind, i), mxcsr, flags);
  }
  set_host_mxcsr(mxcsr | flags);
  return from_lanes<Bits>(out);
}

template <FmaKind kind, FmaType type>
inline __m128i fma(__m128i x, __m128i y, __m128i z) {
  if (VIREO_LIKELY(kHostHasFma)) return host_fma<kind, type>(x, y, z);
  return soft_fma<kind, type>(x, y, z);
}

}  // namespace vireo
