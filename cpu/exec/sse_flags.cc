// Vector instructions that set RFLAGS: COMISx, UCOMISx and PTEST. All six
// arithmetic flags are defined.
#include "cpu/exec/sse.h"
#include "cpu/exec/sse_float_ops.h"
#include "cpu/exec/sse_handler.h"

namespace vireo {
namespace {

// ZF: s and d have no bit in common; CF: s has no bit that d lacks.
PackedFlags ptest(__m128i d, __m128i s) {
  const auto is_zero = [](__m128i v) {
    return _mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_setzero_si128())) == 0xffff;
  };
  return static_cast<PackedFlags>((is_zero(_mm_and_si128(d, s)) ? kPackedZf : 0) |
                                  (is_zero(_mm_andnot_si128(d, s)) ? kPackedCf : 0));
}

template <auto f, VecSource source>
constexpr VecHandlers compare() {
  return vec_handlers<UnderMxcsr<VecToFlags<f, source>>>();
}

}  // namespace

bool emit_sse_flags(const Insn& insn, Op& op) {
  switch (insn.row->arg) {
    case kUcomiss: return emit_vec(insn, op, compare<host::ucomiss, VecSource::k32>());
    case kUcomisd: return emit_vec(insn, op, compare<host::ucomisd, VecSource::k64>());
    case kComiss: return emit_vec(insn, op, compare<host::comiss, VecSource::k32>());
    case kComisd: return emit_vec(insn, op, compare<host::comisd, VecSource::k64>());
    case kPtest: return emit_vec(insn, op, vec_handlers<VecToFlags<ptest>>());
    default: return false;
  }
}

}  // namespace vireo
