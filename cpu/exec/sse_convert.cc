// Conversions between floating-point formats and integers in vector and general
// registers.
#include "cpu/exec/sse.h"
#include "cpu/exec/sse_convert_ops.h"
#include "cpu/exec/sse_handler.h"

namespace vireo {
namespace {

constexpr VecSource kAll = VecSource::kAligned;

template <auto f, typename T>
constexpr VecHandlers from_integer() {
  return vec_handlers<UnderMxcsr<VecFromGpr<f, T>>>();
}
struct ToInteger {
  template <auto f, typename T, VecSource source>
  static constexpr VecHandlers handlers() {
    return vec_handlers<UnderMxcsr<VecToGpr<f, T, source>>>();
  }
};

VecHandlers convert_handlers(unsigned arg) {
  switch (arg) {
    case kCvtps2pd: return vec_float<host::cvtps2pd, VecSource::k64>();
    case kCvtpd2ps: return vec_float<host::cvtpd2ps, kAll, Tiny::kLowSingles>();
    case kCvtss2sd: return vec_float<host::cvtss2sd, VecSource::k32>();
    case kCvtsd2ss: return vec_float<host::cvtsd2ss, VecSource::k64, Tiny::kSingle>();
    case kCvtdq2ps: return vec_float<host::cvtdq2ps, kAll>();
    case kCvtps2dq: return vec_float<host::cvtps2dq, kAll>();
    case kCvttps2dq: return vec_float<host::cvttps2dq, kAll>();
    case kCvttpd2dq: return vec_float<host::cvttpd2dq, kAll>();
    case kCvtdq2pd: return vec_float<host::cvtdq2pd, VecSource::k64>();
    case kCvtpd2dq: return vec_float<host::cvtpd2dq, kAll>();
    default: return {};
  }
}

template <typename T>
VecHandlers from_integer_handlers(unsigned arg) {
  return arg == kCvtsi2ss ? from_integer<cvtsi2ss<T>, T>() : from_integer<cvtsi2sd<T>, T>();
}

}  // namespace

bool emit_sse_convert(const Insn& insn, Op& op) {
  return emit_vec(insn, op, convert_handlers(insn.row->arg));
}

bool emit_sse_to_integer(const Insn& insn, Op& op) {
  const unsigned arg = insn.row->arg;
  return emit_vec_to_gpr(insn, op,
                         insn.rex & 8 ? to_integer_handlers<ToInteger, uint64_t>(arg)
                                      : to_integer_handlers<ToInteger, uint32_t>(arg));
}

bool emit_sse_from_integer(const Insn& insn, Op& op) {
  const unsigned arg = insn.row->arg;
  return emit_vec_from_gpr(insn, op, insn.rex & 8 ? from_integer_handlers<uint64_t>(arg)
                                                  : from_integer_handlers<uint32_t>(arg));
}

}  // namespace vireo
