// AVX conversions between floating-point formats and integers.
#include "cpu/exec/avx_handler.h"
#include "cpu/exec/sse_convert_ops.h"

namespace vireo {
namespace {

// Two elements to two twice as wide, over both halves.
template <auto f>
struct Widen : XmmSource<> {
  static constexpr bool kFloat = true;
  static constexpr Tiny kTiny = Tiny::kNever;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    set_ymm(cpu, op->dst, {f(s), f(_mm_unpackhi_epi64(s, s))});
  }
};
// Two elements of each half to two half as wide, all in an XMM register.
template <auto f, Tiny tiny = Tiny::kNever>
struct Narrow : YmmSource<> {
  static constexpr bool kFloat = true;
  static constexpr Tiny kTiny = tiny;
  static void apply(Cpu& cpu, const Op* op, Vec256 s) {
    set_xmm(cpu, op->dst, _mm_unpacklo_epi64(f(s.lo), f(s.hi)));
  }
};

template <auto f>
constexpr AvxHandlers widening() {
  return avx_handlers<AvxFloat<XmmOp<f, VecSource::k64>, Tiny::kNever>, Widen<f>>();
}
template <auto f, Tiny tiny = Tiny::kNever>
constexpr AvxHandlers narrowing() {
  return avx_handlers<AvxFloat<XmmOp<f>, tiny>, Narrow<f, tiny>>();
}

AvxHandlers convert_handlers(unsigned arg) {
  switch (arg) {
    case kCvtps2pd: return widening<host::cvtps2pd>();
    case kCvtdq2pd: return widening<host::cvtdq2pd>();
    case kCvtpd2ps: return narrowing<host::cvtpd2ps, Tiny::kAllSingles>();
    case kCvtpd2dq: return narrowing<host::cvtpd2dq>();
    case kCvttpd2dq: return narrowing<host::cvttpd2dq>();
    case kCvtdq2ps: return MakeAvx::packed<host::cvtdq2ps>();
    case kCvtps2dq: return MakeAvx::packed<host::cvtps2dq>();
    case kCvttps2dq: return MakeAvx::packed<host::cvttps2dq>();
    case kCvtss2sd: return MakeAvx::scalar<host::cvtss2sd, VecSource::k32>();
    case kCvtsd2ss: return MakeAvx::scalar<host::cvtsd2ss, VecSource::k64, Tiny::kSingle>();
    default: return {};
  }
}

struct ToInteger {
  template <auto f, typename T, VecSource source>
  static constexpr VecHandlers handlers() {
    return vec_handlers<UnderVex<UnderMxcsr<VecToGpr<f, T, source>>>>();
  }
};
template <typename T>
VecHandlers from_integer_handlers(unsigned arg) {
  return arg == kCvtsi2ss ? vec_handlers<UnderMxcsr<XmmFromGpr<cvtsi2ss<T>, T>>>()
                          : vec_handlers<UnderMxcsr<XmmFromGpr<cvtsi2sd<T>, T>>>();
}

}  // namespace

bool emit_avx_convert(const Insn& insn, Op& op) {
  return emit_avx(insn, op, convert_handlers(insn.row->arg));
}

bool emit_avx_to_integer(const Insn& insn, Op& op) {
  const unsigned arg = insn.row->arg;
  return emit_vec_to_gpr(insn, op,
                         insn.op_size == 8 ? to_integer_handlers<ToInteger, uint64_t>(arg)
                                           : to_integer_handlers<ToInteger, uint32_t>(arg));
}

bool emit_avx_from_integer(const Insn& insn, Op& op) {
  const unsigned arg = insn.row->arg;
  op.aux = insn.vvvv;
  return emit_vec_from_gpr(insn, op, insn.op_size == 8 ? from_integer_handlers<uint64_t>(arg)
                                                       : from_integer_handlers<uint32_t>(arg));
}

}  // namespace vireo
