// VAESENC and its relatives, VPCLMULQDQ: on XMM registers, as AVX has them.
#include "cpu/exec/avx_handler.h"
#include "cpu/exec/crypto_ops.h"

namespace vireo {
namespace {

struct MakeXmm {
  template <auto f>
  static constexpr VecHandlers with() {
    return vec_handlers<XmmOp<f>>();
  }
};

}  // namespace

bool emit_avx_crypto(const Insn& insn, Op& op) {
  op.aux = insn.vvvv;
  return emit_vec(insn, op, crypto::aes_handlers<MakeXmm>(insn.row->arg));
}

}  // namespace vireo
