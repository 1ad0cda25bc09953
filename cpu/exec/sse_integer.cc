// SSE2 integer arithmetic, logic and shifts on vector registers; the bitwise
// operations and unpacks of SSE are the same with another name.
#include "cpu/exec/sse_handler.h"
#include "cpu/exec/sse_integer_ops.h"

namespace vireo {
namespace {

struct MakeVec {
  template <auto f>
  static constexpr VecHandlers with() {
    return vec_op<f>();
  }
  static constexpr VecHandlers none() { return {}; }
};

// By bytes, over the whole register.
__m128i psrldq_imm(__m128i s, unsigned imm) {
  const auto wide = std::bit_cast<unsigned __int128>(s);
  return std::bit_cast<__m128i>(imm > 15 ? 0 : wide >> (8 * imm));
}
__m128i pslldq_imm(__m128i s, unsigned imm) {
  const auto wide = std::bit_cast<unsigned __int128>(s);
  return std::bit_cast<__m128i>(imm > 15 ? 0 : wide << (8 * imm));
}

VecHandlers integer_handlers(unsigned arg) {
  switch (arg) {
    case kPunpcklqdq: return vec_op<_mm_unpacklo_epi64>();
    case kPunpckhbw: return vec_op<_mm_unpackhi_epi8>();
    case kPunpckhwd: return vec_op<_mm_unpackhi_epi16>();
    case kPunpckhdq: return vec_op<_mm_unpackhi_epi32>();
    case kPunpckhqdq: return vec_op<_mm_unpackhi_epi64>();
    case kPacksswb: return vec_op<_mm_packs_epi16>();
    case kPackuswb: return vec_op<_mm_packus_epi16>();
    case kPackssdw: return vec_op<_mm_packs_epi32>();
    default: return lane_operation<MakeVec>(arg);
  }
}

VecHandlers shift_handlers(unsigned arg) {
  switch (arg) {
    case kPsrldqImm: return vec_op<psrldq_imm>();
    case kPslldqImm: return vec_op<pslldq_imm>();
    default: return shift_operation<MakeVec>(arg);
  }
}

}  // namespace

bool emit_sse_integer(const Insn& insn, Op& op) {
  return emit_vec(insn, op, integer_handlers(insn.row->arg));
}

bool emit_sse_shift(const Insn& insn, Op& op) {
  emit_vec(insn, op, shift_handlers(insn.row->arg));
  op.dst = insn.rm;
  return op.fn != nullptr;
}

}  // namespace vireo
