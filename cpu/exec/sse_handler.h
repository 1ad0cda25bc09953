// The one shape of vector handlers: gate, source, semantics. An instruction is
// a pure function on values; these templates make of it the handlers for each
// kind of source operand.
#pragma once

#include <emmintrin.h>

#include <array>
#include <bit>
#include <cstdint>

#include "cpu/decode/insn.h"
#include "cpu/exec/access.h"
#include "cpu/exec/sse_env.h"

namespace vireo {

// --- vector registers: legacy SSE leaves what lies above bit 127 alone ---
inline __m128i vec(const Cpu& cpu, unsigned number) {
  return _mm_load_si128(reinterpret_cast<const __m128i*>(&cpu.vec[number]));
}
inline void set_vec(Cpu& cpu, unsigned number, __m128i value) {
  _mm_store_si128(reinterpret_cast<__m128i*>(&cpu.vec[number]), value);
}

// False: a fault is pending.
template <class Gate>
bool gate_open(Cpu& cpu) {
  if (VIREO_LIKELY(Gate::ready(cpu))) return true;
  Gate::refuse(cpu);
  return false;
}

// How a source operand looks in memory. Narrow ones are zero-extended into a
// vector; the register form gives the whole register.
enum class VecSource : uint8_t {
  kAligned,    // 16 bytes; #GP(0) when not aligned (SDM 3A table 6-13 "#GP")
  kUnaligned,  // 16 bytes
  k64, k32, k16, k8,
};

// #GP(0) before any page fault.
inline bool check_aligned(Cpu& cpu, uint64_t va, unsigned alignment) {
  if (VIREO_LIKELY((va & (alignment - 1)) == 0)) return true;
  cpu.raise(kVectorGp, 0);
  return false;
}

// Whether vector instructions are to be had, checked by every handler.
struct SseGate {
  static bool ready(const Cpu& cpu) { return sse_ready(cpu); }
  static void refuse(Cpu& cpu) { raise_sse_unavailable(cpu); }
};
struct AvxGate {
  static bool ready(const Cpu& cpu) { return avx_ready(cpu); }
  static void refuse(Cpu& cpu) { raise_avx_unavailable(cpu); }
};

constexpr unsigned source_bytes(VecSource kind) {
  switch (kind) {
    case VecSource::k64: return 8;
    case VecSource::k32: return 4;
    case VecSource::k16: return 2;
    case VecSource::k8: return 1;
    default: return 16;
  }
}

// The operand at `host`, which holds as many bytes as `kind` has.
template <VecSource kind>
inline __m128i vec_at(const uint8_t* host) {
  uint64_t value = 0;
  if constexpr (source_bytes(kind) == 16) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(host));
  } else {
    std::memcpy(&value, host, source_bytes(kind));
    return _mm_cvtsi64_si128(static_cast<int64_t>(value));
  }
}

// --- what a semantic is ---
// Which part of the destination register may hold a tiny result after the
// instruction: an unmasked underflow is signalled for an exact one as well,
// which no flag of a masked execution shows.
enum class Tiny : uint8_t {
  kNever, kSingle, kSingles, kDouble, kDoubles, kLowSingles, kAllSingles, kAllDoubles,
};

// Calls a pure function with as many of (destination, source, immediate) as it takes.
template <auto f>
inline __m128i call_vec(__m128i d, __m128i s, unsigned imm) {
  if constexpr (requires { f(d, s, imm); }) return f(d, s, imm);
  else if constexpr (requires { f(d, s); }) return f(d, s);
  else if constexpr (requires { f(s, imm); }) return f(s, imm);
  else return f(s);
}

// A source operand that is a vector or memory.
template <VecSource kind>
struct VecSourceOperand {
  using Gate = SseGate;
  using Value = __m128i;
  static constexpr unsigned kBytes = source_bytes(kind);
  static constexpr bool kMustAlign = kind == VecSource::kAligned;
  static __m128i from_register(const Cpu& cpu, const Op* op) { return vec(cpu, op->src); }
  static __m128i from_host(const uint8_t* host) { return vec_at<kind>(host); }
};
// A source operand that is a general register or memory.
template <typename T>
struct GprSourceOperand {
  using Gate = SseGate;
  using Value = T;
  static constexpr unsigned kBytes = sizeof(T);
  static constexpr bool kMustAlign = false;
  static T from_register(const Cpu& cpu, const Op* op) { return reg<T>(cpu, op->src); }
  static T from_host(const uint8_t* host) {
    T value;
    std::memcpy(&value, host, sizeof(T));
    return value;
  }
};

// xmm = f(xmm, source, imm), no floating-point exceptions.
template <auto f, VecSource source = VecSource::kAligned>
struct VecOp : VecSourceOperand<source> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    set_vec(cpu, op->dst, call_vec<f>(vec(cpu, op->dst), s, static_cast<uint8_t>(op->imm)));
  }
};

// The same under MXCSR.
template <auto f, VecSource source, Tiny tiny = Tiny::kNever>
struct VecFloatOp : VecOp<f, source> {
  static constexpr bool kFloat = true;
  static constexpr Tiny kTiny = tiny;
};

// xmm = f(xmm, integer, imm).
template <auto f, typename T>
struct VecFromGpr : GprSourceOperand<T> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, T s) {
    const __m128i d = vec(cpu, op->dst);
    if constexpr (requires { f(d, s, 0u); }) set_vec(cpu, op->dst, f(d, s, op->imm));
    else set_vec(cpu, op->dst, f(d, s));
  }
};

// General register = f(source, imm).
template <auto f, typename T, VecSource source = VecSource::kAligned>
struct VecToGpr : VecSourceOperand<source> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    if constexpr (requires { f(s, 0u); }) set_reg<T>(cpu, op->dst, f(s, op->imm));
    else set_reg<T>(cpu, op->dst, f(s));
  }
};

// Arithmetic flags = f(xmm, source).
template <auto f, VecSource source = VecSource::kAligned>
struct VecToFlags : VecSourceOperand<source> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    cpu.flags = f(vec(cpu, op->dst), s);
  }
};

// Any of these under MXCSR, where no result can be tiny.
template <class Base>
struct UnderMxcsr : Base {
  static constexpr bool kFloat = true;
  static constexpr Tiny kTiny = Tiny::kNever;
};

// Any of these, or a `Taken` of a store, behind a VEX prefix.
template <class Base>
struct UnderVex : Base {
  using Gate = AvxGate;
};

// For a guest that unmasks some exception: brackets one execution. finish()
// raises #XM (or #UD, SDM 1 11.5.3) and undoes the instruction's result if an
// unmasked exception came up; flags end as the processor leaves them.
class CheckedFloat {
 public:
  CheckedFloat(Cpu& cpu, const Op* op);
  // False: an exception is pending.
  bool finish(Tiny tiny);

 private:
  uint32_t tiny_flags(Tiny tiny) const;

  Cpu& cpu_;
  const Op* op_;
  // The op's dst is the number of a vector register or the offset of a general
  // one; saving what either reading names is harmless.
  VecReg old_vec_;
  uint64_t old_reg_;
  PackedFlags old_flags_;
};

// Applies `S` whatever the guest's exception masks are. False: a fault is pending.
template <class S>
bool apply_any(Cpu& cpu, const Op* op, typename S::Value source) {
  if constexpr (S::kFloat) {
    if (!all_masked(cpu)) {
      CheckedFloat checked(cpu, op);
      S::apply(cpu, op, source);
      return checked.finish(S::kTiny);
    }
  }
  S::apply(cpu, op, source);
  return true;
}

// The address of a memory operand of any form, after all checks that come
// before the page's.
inline Linear checked_address(Cpu& cpu, const Op* op, unsigned alignment) {
  Linear at = linear<Form::kFull>(cpu, op);
  if (at.ok) at.ok = check_aligned(cpu, at.va, alignment);
  return at;
}

template <class S>
inline bool read_memory_source(Cpu& cpu, const Op* op, typename S::Value& source) {
  const Linear at = checked_address(cpu, op, S::kMustAlign ? S::kBytes : 1);
  if (!at.ok) return false;
  uint8_t bytes[S::kBytes];
  if (const uint8_t* host = host_for_read(cpu, at.va, S::kBytes)) {
    source = S::from_host(host);
    return true;
  }
  if (!slow_load_bytes(cpu, op, at.va, bytes, S::kBytes)) return false;
  source = S::from_host(bytes);
  return true;
}

template <class S>
inline bool fast_ready(const Cpu& cpu) {
  if constexpr (S::kFloat) return S::Gate::ready(cpu) && all_masked(cpu);
  else return S::Gate::ready(cpu);
}

// The careful handlers do all checks in their order; the fast ones do the
// common case alone and hand everything else to them, so that they need no
// stack.
template <class S>
VIREO_HANDLER vec_register_careful(Cpu& cpu, const Op* op) {
  if (!S::Gate::ready(cpu)) {
    S::Gate::refuse(cpu);
    VIREO_FAULT();
  }
  if (!apply_any<S>(cpu, op, S::from_register(cpu, op))) VIREO_FAULT();
  VIREO_NEXT();
}

template <class S>
VIREO_HANDLER vec_memory_careful(Cpu& cpu, const Op* op) {
  if (!S::Gate::ready(cpu)) {
    S::Gate::refuse(cpu);
    VIREO_FAULT();
  }
  typename S::Value source;
  if (!read_memory_source<S>(cpu, op, source)) VIREO_FAULT();
  if (!apply_any<S>(cpu, op, source)) VIREO_FAULT();
  VIREO_NEXT();
}

template <class S>
VIREO_HANDLER vec_from_register(Cpu& cpu, const Op* op) {
  if (VIREO_UNLIKELY(!fast_ready<S>(cpu))) VIREO_TAIL(vec_register_careful<S>);
  S::apply(cpu, op, S::from_register(cpu, op));
  VIREO_NEXT();
}

template <class S, Form form>
VIREO_HANDLER vec_from_memory(Cpu& cpu, const Op* op) {
  const uint64_t va = linear<form>(cpu, op).va;
  const uint8_t* host = host_for_read(cpu, va, S::kBytes);
  const bool aligned = !S::kMustAlign || (va & (S::kBytes - 1)) == 0;
  if (VIREO_UNLIKELY(!fast_ready<S>(cpu) || !aligned || host == nullptr)) {
    VIREO_TAIL(vec_memory_careful<S>);
  }
  S::apply(cpu, op, S::from_host(host));
  VIREO_NEXT();
}

// The handlers of one semantic, by where its source is.
struct VecHandlers {
  Handler from_register, from_base, from_sib, from_full;
};

template <class S>
constexpr VecHandlers vec_handlers() {
  return {vec_from_register<S>, vec_from_memory<S, Form::kBase>, vec_from_memory<S, Form::kSib>,
          vec_memory_careful<S>};
}
template <auto f, VecSource source = VecSource::kAligned>
constexpr VecHandlers vec_op() {
  return vec_handlers<VecOp<f, source>>();
}

template <auto f, VecSource source = VecSource::kAligned, Tiny tiny = Tiny::kNever>
constexpr VecHandlers vec_float() {
  return vec_handlers<VecFloatOp<f, source, tiny>>();
}

// Picks the handler for the r/m operand and fills it in; a register operand's
// number goes into op.src.
bool emit_rm_source(const Insn& insn, Op& op, const VecHandlers& handlers);
// The usual xmm, xmm/m [, imm8].
bool emit_vec(const Insn& insn, Op& op, const VecHandlers& handlers);
// xmm, general register/m.
bool emit_vec_from_gpr(const Insn& insn, Op& op, const VecHandlers& handlers);
// General register, xmm/m.
bool emit_vec_to_gpr(const Insn& insn, Op& op, const VecHandlers& handlers);

// --- stores ---
// A `Taken` is what a store takes from op->src: take(cpu, op), kAligned, and Gate.
template <class Taken>
VIREO_HANDLER store_careful(Cpu& cpu, const Op* op) {
  if (!Taken::Gate::ready(cpu)) {
    Taken::Gate::refuse(cpu);
    VIREO_FAULT();
  }
  const auto value = Taken::take(cpu, op);
  const Linear at = checked_address(cpu, op, Taken::kAligned ? sizeof(value) : 1);
  if (!at.ok || !store(cpu, op, at.va, value)) VIREO_FAULT();
  VIREO_NEXT();
}

template <class Taken, Form form>
VIREO_HANDLER store_handler(Cpu& cpu, const Op* op) {
  const uint64_t va = linear<form>(cpu, op).va;
  const auto value = Taken::take(cpu, op);
  uint8_t* host = host_for_write(cpu, va, sizeof(value));
  const bool aligned = !Taken::kAligned || (va & (sizeof(value) - 1)) == 0;
  if (VIREO_UNLIKELY(!Taken::Gate::ready(cpu) || !aligned || host == nullptr)) {
    VIREO_TAIL(store_careful<Taken>);
  }
  std::memcpy(host, &value, sizeof(value));
  VIREO_NEXT();
}

// The memory form of a store.
template <class Taken>
void emit_store(const Insn& insn, Op& op) {
  op.src = insn.reg;
  op.imm = static_cast<int64_t>(insn.imm);
  switch (emit_memory(insn, op)) {
    case Form::kBase: op.fn = store_handler<Taken, Form::kBase>; break;
    case Form::kSib: op.fn = store_handler<Taken, Form::kSib>; break;
    case Form::kFlat32Base:
    case Form::kFlat32:
    case Form::kFull: op.fn = store_careful<Taken>; break;
  }
}

}  // namespace vireo
