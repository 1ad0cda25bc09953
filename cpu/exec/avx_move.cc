// VEX-encoded moves between vector registers and memory.
#include "cpu/exec/avx_handler.h"
#include "cpu/exec/sse_move_ops.h"

namespace vireo {
namespace {

constexpr VecSource k32 = VecSource::k32, k64 = VecSource::k64;

template <bool aligned>
struct WholeYmm {
  using Gate = AvxGate;
  static constexpr bool kAligned = aligned;
  static VecReg take(const Cpu& cpu, const Op* op) { return cpu.vec[op->src]; }
};

template <bool aligned>
constexpr AvxHandlers load_handlers() {
  constexpr VecSource kSource = aligned ? VecSource::kAligned : VecSource::kUnaligned;
  return avx_handlers<XmmOp<copy, kSource>, YmmOp<copy, 0, aligned>>();
}

// Stores turn round: the r/m register is the destination.
bool emit_to_register(const Insn& insn, Op& op, Handler handler) {
  op.aux = insn.vvvv;
  op.src = insn.reg;
  op.dst = insn.rm;
  op.fn = handler;
  return true;
}

template <bool aligned>
bool emit_whole_store(const Insn& insn, Op& op) {
  if (!insn.memory()) {
    return emit_to_register(insn, op, insn.vex256 ? vec_from_register<YmmOp<copy>>
                                                  : vec_from_register<XmmOp<copy>>);
  }
  if (insn.vex256) emit_store<WholeYmm<aligned>>(insn, op);
  else emit_store<UnderVex<Whole<aligned>>>(insn, op);
  return true;
}

// `merge` is what the register form does with vvvv and the source.
template <class Taken, auto merge>
bool emit_part_store(const Insn& insn, Op& op) {
  if (!insn.memory()) return emit_to_register(insn, op, vec_from_register<XmmOp<merge>>);
  emit_store<UnderVex<Taken>>(insn, op);
  return true;
}

// Loads clear what they do not fill; the register forms merge.
template <auto merge, VecSource source>
AvxHandlers part_load() {
  AvxHandlers handlers = avx_scalar<XmmOp<copy, source>>();
  handlers.of_xmm.from_register = handlers.of_ymm.from_register = vec_from_register<XmmOp<merge>>;
  return handlers;
}

bool emit_load(const Insn& insn, Op& op) {
  switch (insn.row->arg) {
    case kLoadAligned: return emit_avx(insn, op, load_handlers<true>());
    case kLoadUnaligned: return emit_avx(insn, op, load_handlers<false>());
    case kLoadSingle: return emit_avx(insn, op, part_load<merge_single, k32>());
    case kLoadDouble: return emit_avx(insn, op, part_load<merge_double, k64>());
    case kLoadQuad: return emit_avx(insn, op, avx_scalar<XmmOp<low_quad, k64>>());
    case kLoadLow: return emit_avx(insn, op, avx_scalar<XmmOp<merge_double, k64>>());
    case kLoadHigh: return emit_avx(insn, op, avx_scalar<XmmOp<low_to_high, k64>>());
    case kMovhlps: return emit_avx(insn, op, avx_scalar<XmmOp<high_to_low>>());
    case kMovlhps: return emit_avx(insn, op, avx_scalar<XmmOp<low_to_high>>());
    default: return false;
  }
}

}  // namespace

bool emit_avx_move(const Insn& insn, Op& op) {
  switch (insn.row->arg) {
    case kStoreAligned: return emit_whole_store<true>(insn, op);
    case kStoreUnaligned: return emit_whole_store<false>(insn, op);
    case kStoreSingle: return emit_part_store<Part<uint32_t, 0>, merge_single>(insn, op);
    case kStoreDouble: return emit_part_store<Part<uint64_t, 0>, merge_double>(insn, op);
    case kStoreQuad: return emit_part_store<Part<uint64_t, 0>, low_quad>(insn, op);
    case kStoreLow: return emit_part_store<Part<uint64_t, 0>, merge_double>(insn, op);
    case kStoreHigh: return emit_part_store<Part<uint64_t, 1>, merge_double>(insn, op);
    default: return emit_load(insn, op);
  }
}

}  // namespace vireo
