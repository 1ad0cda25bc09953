// The shape of VEX-encoded vector handlers: the pure functions of the SSE
// instructions, with a first source of its own, on XMM registers (clearing what
// lies above bit 127) or on both halves of YMM registers (SDM 1 14.1.2, 14.1.3).
#pragma once

#include "cpu/exec/avx.h"
#include "cpu/exec/sse.h"
#include "cpu/exec/sse_handler.h"

namespace vireo {

struct Vec256 {
  __m128i lo, hi;
};

inline Vec256 ymm(const Cpu& cpu, unsigned number) {
  const auto* at = reinterpret_cast<const __m128i*>(&cpu.vec[number]);
  return {_mm_load_si128(at), _mm_load_si128(at + 1)};
}
inline void set_ymm(Cpu& cpu, unsigned number, Vec256 value) {
  auto* at = reinterpret_cast<__m128i*>(&cpu.vec[number]);
  _mm_store_si128(at, value.lo);
  _mm_store_si128(at + 1, value.hi);
}
inline void set_xmm(Cpu& cpu, unsigned number, __m128i value) {
  set_ymm(cpu, number, {value, _mm_setzero_si128()});
}
inline unsigned imm8(const Op* op) { return static_cast<uint8_t>(op->imm); }

// Tiny results anywhere: VEX leaves nothing else in the register.
constexpr Tiny widened(Tiny tiny) {
  switch (tiny) {
    case Tiny::kSingles: case Tiny::kLowSingles: return Tiny::kAllSingles;
    case Tiny::kDoubles: return Tiny::kAllDoubles;
    default: return tiny;
  }
}

// --- source operands ---
template <VecSource source = VecSource::kUnaligned>
using XmmSource = UnderVex<VecSourceOperand<source>>;

template <bool aligned = false>
struct YmmSource {
  using Gate = AvxGate;
  using Value = Vec256;
  static constexpr unsigned kBytes = 32;
  static constexpr bool kMustAlign = aligned;
  static Vec256 from_register(const Cpu& cpu, const Op* op) { return ymm(cpu, op->src); }
  static Vec256 from_host(const uint8_t* host) {
    const auto* at = reinterpret_cast<const __m128i*>(host);
    return {_mm_loadu_si128(at), _mm_loadu_si128(at + 1)};
  }
};

// --- semantics ---
// xmm = f(xmm, source, imm).
template <auto f, VecSource source = VecSource::kUnaligned>
struct XmmOp : XmmSource<source> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    set_xmm(cpu, op->dst, call_vec<f>(vec(cpu, op->aux), s, imm8(op)));
  }
};
// ymm = f(ymm, source, imm) on each half; the high one looks at higher bits of
// the immediate where the low one uses some up.
template <auto f, unsigned imm_bits = 0, bool aligned = false>
struct YmmOp : YmmSource<aligned> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, Vec256 s) {
    const Vec256 d = ymm(cpu, op->aux);
    set_ymm(cpu, op->dst, {call_vec<f>(d.lo, s.lo, imm8(op)),
                           call_vec<f>(d.hi, s.hi, imm8(op) >> imm_bits)});
  }
};
// ymm = f(ymm, xmm) on each half: both halves see the same source.
template <auto f, VecSource source = VecSource::kUnaligned>
struct YmmSameOp : XmmSource<source> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    const Vec256 d = ymm(cpu, op->aux);
    set_ymm(cpu, op->dst, {call_vec<f>(d.lo, s, imm8(op)), call_vec<f>(d.hi, s, imm8(op))});
  }
};
// ymm = f(ymm, ymm, imm) across the halves.
template <auto f>
struct YmmWholeOp : YmmSource<> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, Vec256 s) {
    set_ymm(cpu, op->dst, f(ymm(cpu, op->aux), s, imm8(op)));
  }
};
// xmm = f(xmm, integer, imm).
template <auto f, typename T>
struct XmmFromGpr : UnderVex<GprSourceOperand<T>> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, T s) {
    const __m128i d = vec(cpu, op->aux);
    if constexpr (requires { f(d, s, 0u); }) set_xmm(cpu, op->dst, f(d, s, imm8(op)));
    else set_xmm(cpu, op->dst, f(d, s));
  }
};

template <class Base, Tiny tiny>
struct AvxFloat : Base {
  static constexpr bool kFloat = true;
  static constexpr Tiny kTiny = tiny;
};

// --- handlers ---
struct AvxHandlers {
  VecHandlers of_xmm, of_ymm;
  explicit operator bool() const { return of_xmm.from_register || of_ymm.from_register; }
};

template <class Xmm, class Ymm>
constexpr AvxHandlers avx_handlers() {
  return {vec_handlers<Xmm>(), vec_handlers<Ymm>()};
}
template <class Any>
constexpr AvxHandlers avx_scalar() {
  return {vec_handlers<Any>(), vec_handlers<Any>()};
}
template <auto f, unsigned imm_bits = 0>
constexpr AvxHandlers avx_op() {
  return avx_handlers<XmmOp<f>, YmmOp<f, imm_bits>>();
}

// For the tables of operations.
struct MakeAvx {
  template <auto f>
  static constexpr AvxHandlers with() {
    return avx_op<f>();
  }
  template <auto f, VecSource source>
  static constexpr AvxHandlers low() {
    return avx_scalar<XmmOp<f, source>>();
  }
  template <auto f, Tiny tiny = Tiny::kNever>
  static constexpr AvxHandlers packed() {
    return avx_handlers<AvxFloat<XmmOp<f>, widened(tiny)>, AvxFloat<YmmOp<f>, widened(tiny)>>();
  }
  template <auto f, VecSource source, Tiny tiny = Tiny::kNever>
  static constexpr AvxHandlers scalar() {
    return avx_scalar<AvxFloat<XmmOp<f, source>, tiny>>();
  }
  static constexpr AvxHandlers none() { return {}; }
};

// reg, vvvv, r/m [, imm8].
inline bool emit_avx(const Insn& insn, Op& op, const AvxHandlers& handlers) {
  op.aux = insn.vvvv;
  return emit_vec(insn, op, insn.vex256 ? handlers.of_ymm : handlers.of_xmm);
}

}  // namespace vireo
