// Traffic between vector registers and general registers as functions on values.
#pragma once

#include "cpu/exec/sse_handler.h"

namespace vireo {

template <typename T>
__m128i movd(__m128i, T v) {
  return _mm_cvtsi64_si128(static_cast<int64_t>(v));
}

template <typename T>
__m128i insert(__m128i d, T v, unsigned imm) {
  auto lanes = std::bit_cast<std::array<T, 16 / sizeof(T)>>(d);
  lanes[imm % lanes.size()] = v;
  return std::bit_cast<__m128i>(lanes);
}

template <typename T>
T extract(__m128i s, unsigned imm) {
  const auto lanes = std::bit_cast<std::array<T, 16 / sizeof(T)>>(s);
  return lanes[imm % lanes.size()];
}

inline uint32_t movmskps(__m128i s) {
  return static_cast<uint32_t>(_mm_movemask_ps(_mm_castsi128_ps(s)));
}
inline uint32_t movmskpd(__m128i s) {
  return static_cast<uint32_t>(_mm_movemask_pd(_mm_castsi128_pd(s)));
}
inline uint32_t pmovmskb(__m128i s) { return static_cast<uint32_t>(_mm_movemask_epi8(s)); }

// Element op->imm of op->src, for stores.
template <typename T>
struct Element {
  using Gate = SseGate;
  static constexpr bool kAligned = false;
  static T take(const Cpu& cpu, const Op* op) {
    return extract<T>(vec(cpu, op->src), static_cast<unsigned>(op->imm));
  }
};

template <class S>
using Plain = S;

// Element of a vector register to r/m; a general register gets it zero-extended.
template <typename T, template <class> class Gated>
bool emit_extract(const Insn& insn, Op& op) {
  if (insn.memory()) {
    emit_store<Gated<Element<T>>>(insn, op);
    return true;
  }
  using Wide = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
  op.src = insn.reg;
  op.dst = static_cast<uint8_t>(insn.rm * 8);
  op.imm = static_cast<int64_t>(insn.imm);
  op.fn = vec_from_register<Gated<VecToGpr<extract<T>, Wide>>>;
  return true;
}

}  // namespace vireo
