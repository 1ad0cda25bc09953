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

VecHandlers integer_handlers(unsigned arg) {
  const VecHandlers found = xmm_operation<MakeVec>(arg);
  return found.from_register != nullptr ? found : lane_operation<MakeVec>(arg);
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
