// SSE to SSE3 shuffles and duplications of dwords, words and quadwords.
#include "cpu/exec/sse.h"
#include "cpu/exec/sse_handler.h"
#include "cpu/exec/sse_shuffle_ops.h"

namespace vireo {

bool emit_sse_shuffle(const Insn& insn, Op& op) {
  switch (insn.row->arg) {
    case kPshufd: return emit_vec(insn, op, vec_op<pshufd>());
    case kPshufhw: return emit_vec(insn, op, vec_op<pshufhw>());
    case kPshuflw: return emit_vec(insn, op, vec_op<pshuflw>());
    case kShufps: return emit_vec(insn, op, vec_op<shufps>());
    case kShufpd: return emit_vec(insn, op, vec_op<shufpd>());
    case kMovsldup: return emit_vec(insn, op, vec_op<movsldup>());
    case kMovshdup: return emit_vec(insn, op, vec_op<movshdup>());
    case kMovddup: return emit_vec(insn, op, vec_op<movddup, VecSource::k64>());
    default: return false;
  }
}

}  // namespace vireo
