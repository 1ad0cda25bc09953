// Moves between vector registers and memory: MOVAPS, MOVDQU, MOVSS, MOVHPS and
// their relatives, non-temporal ones included.
#include "cpu/exec/sse.h"
#include "cpu/exec/sse_move_ops.h"

namespace vireo {
namespace {

template <auto f>
constexpr Handler register_form() {
  return vec_from_register<VecOp<f>>;
}
// A register form of its own beside the memory forms of `memory`.
constexpr VecHandlers with_register(Handler from_register, VecHandlers memory) {
  memory.from_register = from_register;
  return memory;
}

// A store to memory, or `to_register` for the register form.
template <class Taken>
bool emit_move_store(const Insn& insn, Op& op, Handler to_register) {
  if (insn.memory()) {
    emit_store<Taken>(insn, op);
    return true;
  }
  op.src = insn.reg;
  op.dst = insn.rm;
  op.fn = to_register;
  return op.fn != nullptr;
}

}  // namespace

bool emit_sse_move(const Insn& insn, Op& op) {
  switch (insn.row->arg) {
    case kLoadAligned: return emit_vec(insn, op, vec_op<copy>());
    case kLoadUnaligned: return emit_vec(insn, op, vec_op<copy, VecSource::kUnaligned>());
    case kLoadSingle:
      return emit_vec(insn, op, with_register(register_form<merge_single>(),
                                              vec_op<copy, VecSource::k32>()));
    case kLoadDouble:
      return emit_vec(insn, op, with_register(register_form<merge_double>(),
                                              vec_op<copy, VecSource::k64>()));
    case kLoadQuad: return emit_vec(insn, op, vec_op<low_quad, VecSource::k64>());
    case kLoadLow: return emit_vec(insn, op, vec_op<merge_double, VecSource::k64>());
    case kLoadHigh: return emit_vec(insn, op, vec_op<low_to_high, VecSource::k64>());
    case kMovhlps: return emit_vec(insn, op, vec_op<high_to_low>());
    case kMovlhps: return emit_vec(insn, op, vec_op<low_to_high>());
    case kStoreAligned: return emit_move_store<Whole<true>>(insn, op, register_form<copy>());
    case kStoreUnaligned: return emit_move_store<Whole<false>>(insn, op, register_form<copy>());
    case kStoreSingle:
      return emit_move_store<Part<uint32_t, 0>>(insn, op, register_form<merge_single>());
    case kStoreDouble:
      return emit_move_store<Part<uint64_t, 0>>(insn, op, register_form<merge_double>());
    case kStoreQuad: return emit_move_store<Part<uint64_t, 0>>(insn, op, register_form<low_quad>());
    case kStoreLow: return emit_move_store<Part<uint64_t, 0>>(insn, op, nullptr);
    case kStoreHigh: return emit_move_store<Part<uint64_t, 1>>(insn, op, nullptr);
    default: return false;
  }
}

}  // namespace vireo
