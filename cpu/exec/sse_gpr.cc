// Traffic between vector registers and general registers: MOVD, PINSRx, PEXTRx,
// MOVMSKPS, PMOVMSKB, and MOVNTI, MASKMOVDQU.
#include "cpu/exec/sse.h"
#include "cpu/exec/sse_gpr_ops.h"

namespace vireo {
namespace {

template <typename T>
constexpr VecHandlers insert_handlers() {
  return vec_handlers<VecFromGpr<insert<T>, T>>();
}

// MOVNTI is no vector instruction: no gate.
template <typename T>
Status movnti(Cpu& cpu, const Op* op) {
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok || !store(cpu, op, at.va, reg<T>(cpu, op->src))) return Status::kFault;
  return Status::kOk;
}

// Bytes whose mask has its top bit set go to [rDI]; others are not touched, and
// do not fault. None is written when one faults.
template <class Gate>
Status maskmovdqu(Cpu& cpu, const Op* op) {
  if (!gate_open<Gate>(cpu)) return Status::kFault;
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  const auto chosen = [&](unsigned i) { return (cpu.vec[op->src].u8[i] & 0x80) != 0; };
  for (unsigned i = 0; i < 16; ++i) {
    if (chosen(i) && !probe_write(cpu, op, at.va + i, 1)) return Status::kFault;
  }
  for (unsigned i = 0; i < 16; ++i) {
    if (!chosen(i)) continue;
    if (!store(cpu, op, at.va + i, cpu.vec[op->dst].u8[i])) return Status::kFault;
  }
  return Status::kOk;
}

}  // namespace

bool emit_sse_from_gpr(const Insn& insn, Op& op) {
  const bool wide = insn.rex & 8;
  switch (insn.row->arg) {
    case kMovd:
      if (wide) {
        return emit_vec_from_gpr(insn, op, vec_handlers<VecFromGpr<movd<uint64_t>, uint64_t>>());
      }
      return emit_vec_from_gpr(insn, op, vec_handlers<VecFromGpr<movd<uint32_t>, uint32_t>>());
    case kPinsrb: return emit_vec_from_gpr(insn, op, insert_handlers<uint8_t>());
    case kPinsrw: return emit_vec_from_gpr(insn, op, insert_handlers<uint16_t>());
    case kPinsrd:
      if (wide) return emit_vec_from_gpr(insn, op, insert_handlers<uint64_t>());
      return emit_vec_from_gpr(insn, op, insert_handlers<uint32_t>());
    default: return false;
  }
}

bool emit_sse_to_gpr(const Insn& insn, Op& op) {
  const bool wide = insn.rex & 8;
  switch (insn.row->arg) {
    case kMovdOut: case kPextrd:
      return wide ? emit_extract<uint64_t, Plain>(insn, op)
                  : emit_extract<uint32_t, Plain>(insn, op);
    case kPextrb: return emit_extract<uint8_t, Plain>(insn, op);
    case kPextrw: return emit_extract<uint16_t, Plain>(insn, op);
    case kExtractps: return emit_extract<uint32_t, Plain>(insn, op);
    default: return false;
  }
}

bool emit_sse_mask(const Insn& insn, Op& op) {
  switch (insn.row->arg) {
    case kMovmskps: return emit_vec_to_gpr(insn, op, vec_handlers<VecToGpr<movmskps, uint32_t>>());
    case kMovmskpd: return emit_vec_to_gpr(insn, op, vec_handlers<VecToGpr<movmskpd, uint32_t>>());
    case kPmovmskb: return emit_vec_to_gpr(insn, op, vec_handlers<VecToGpr<pmovmskb, uint32_t>>());
    case kPextrwReg:
      return emit_vec_to_gpr(insn, op, vec_handlers<VecToGpr<extract<uint16_t>, uint32_t>>());
    default: return false;
  }
}

bool emit_movnti(const Insn& insn, Op& op) {
  emit_memory(insn, op);
  op.src = static_cast<uint8_t>(insn.reg * 8);
  op.fn = insn.rex & 8 ? simple_handler<movnti<uint64_t>> : simple_handler<movnti<uint32_t>>;
  return true;
}

void emit_rdi(const Insn& insn, Op& op) {
  Insn at_rdi = insn;
  at_rdi.base = kRdi;
  at_rdi.index = kZeroReg;
  at_rdi.scale = 0;
  at_rdi.disp = 0;
  emit_memory(at_rdi, op);
}

bool emit_maskmovdqu(const Insn& insn, Op& op) {
  emit_rdi(insn, op);
  op.dst = insn.reg;
  op.src = insn.rm;
  op.fn = insn.vex ? simple_handler<maskmovdqu<AvxGate>>
                   : simple_handler<maskmovdqu<SseGate>>;
  return true;
}

}  // namespace vireo
