// MMX moves to and from memory and general registers, MASKMOVQ, EMMS.
#include "cpu/exec/mmx_handler.h"

namespace vireo {
namespace {

__m128i copy(__m128i s) { return s; }

bool ready(Cpu& cpu) { return mmx_ready(cpu) || check_mmx(cpu) == Status::kOk; }

template <typename T>
Status from_gpr(Cpu& cpu, const Op* op) {
  if (!ready(cpu)) return Status::kFault;
  enter_mmx(cpu);
  set_mm(cpu, op->dst, reg<T>(cpu, op->src));
  return Status::kOk;
}

template <typename T>
Status to_gpr(Cpu& cpu, const Op* op) {
  if (!ready(cpu)) return Status::kFault;
  enter_mmx(cpu);
  set_reg<T>(cpu, op->dst, static_cast<T>(mm(cpu, op->src)));
  return Status::kOk;
}

template <typename T>
Status to_memory(Cpu& cpu, const Op* op) {
  if (!ready(cpu)) return Status::kFault;
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok || !store(cpu, op, at.va, static_cast<T>(mm(cpu, op->src)))) return Status::kFault;
  enter_mmx(cpu);
  return Status::kOk;
}

Status copy_register(Cpu& cpu, const Op* op) {
  if (!ready(cpu)) return Status::kFault;
  enter_mmx(cpu);
  set_mm(cpu, op->dst, mm(cpu, op->src));
  return Status::kOk;
}

uint64_t with_word(uint64_t d, uint16_t word, unsigned index) {
  const unsigned shift = (index & 3) * 16;
  return (d & ~(uint64_t{0xffff} << shift)) | uint64_t{word} << shift;
}

Status pinsrw_register(Cpu& cpu, const Op* op) {
  if (!ready(cpu)) return Status::kFault;
  enter_mmx(cpu);
  set_mm(cpu, op->dst, with_word(mm(cpu, op->dst), reg<uint16_t>(cpu, op->src),
                                 static_cast<unsigned>(op->imm)));
  return Status::kOk;
}

struct PinsrwMemory {
  static constexpr unsigned kBytes = 2;
  static void apply(Cpu& cpu, const Op* op, uint64_t word) {
    enter_mmx(cpu);
    set_mm(cpu, op->dst, with_word(mm(cpu, op->dst), static_cast<uint16_t>(word),
                                   static_cast<unsigned>(op->imm)));
  }
};

Status pextrw(Cpu& cpu, const Op* op) {
  if (!ready(cpu)) return Status::kFault;
  enter_mmx(cpu);
  const uint64_t words = mm(cpu, op->src) >> (16 * (op->imm & 3));
  set_reg<uint32_t>(cpu, op->dst, static_cast<uint16_t>(words));
  return Status::kOk;
}

Status pmovmskb(Cpu& cpu, const Op* op) {
  if (!ready(cpu)) return Status::kFault;
  enter_mmx(cpu);
  const int mask = _mm_movemask_epi8(mm_vec(mm(cpu, op->src)));
  set_reg<uint32_t>(cpu, op->dst, static_cast<uint32_t>(mask));
  return Status::kOk;
}

// As MASKMOVDQU, on eight bytes.
Status maskmovq(Cpu& cpu, const Op* op) {
  if (!ready(cpu)) return Status::kFault;
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  const uint64_t data = mm(cpu, op->dst), mask = mm(cpu, op->src);
  const auto chosen = [mask](unsigned i) { return (mask >> (8 * i + 7) & 1) != 0; };
  for (unsigned i = 0; i < 8; ++i) {
    if (chosen(i) && !probe_write(cpu, op, at.va + i, 1)) return Status::kFault;
  }
  for (unsigned i = 0; i < 8; ++i) {
    if (!chosen(i)) continue;
    if (!store(cpu, op, at.va + i, static_cast<uint8_t>(data >> (8 * i)))) return Status::kFault;
  }
  enter_mmx(cpu);
  return Status::kOk;
}

Status emms(Cpu& cpu, const Op*) {
  if (!ready(cpu)) return Status::kFault;
  cpu.x87.top = 0;
  cpu.x87.empty = 0xff;
  return Status::kOk;
}

bool emit_from_gpr(const Insn& insn, Op& op) {
  const bool wide = insn.rex & 8;
  emit_mmx(insn, op, wide ? mmx_handlers<MmxOp<copy>>() : mmx_handlers<MmxOp<copy, 4>>());
  if (insn.memory()) return true;
  op.src = static_cast<uint8_t>(insn.rm * 8);
  op.fn = wide ? simple_handler<from_gpr<uint64_t>> : simple_handler<from_gpr<uint32_t>>;
  return true;
}

bool emit_to_gpr(const Insn& insn, Op& op) {
  const bool wide = insn.rex & 8;
  op.src = insn.reg & 7;
  if (insn.memory()) {
    emit_memory(insn, op);
    op.fn = wide ? simple_handler<to_memory<uint64_t>> : simple_handler<to_memory<uint32_t>>;
  } else {
    op.dst = static_cast<uint8_t>(insn.rm * 8);
    op.fn = wide ? simple_handler<to_gpr<uint64_t>> : simple_handler<to_gpr<uint32_t>>;
  }
  return true;
}

bool emit_store(const Insn& insn, Op& op) {
  op.src = insn.reg & 7;
  op.dst = insn.rm & 7;
  op.fn = simple_handler<copy_register>;
  if (insn.memory()) {
    emit_memory(insn, op);
    op.fn = simple_handler<to_memory<uint64_t>>;
  }
  return true;
}

bool emit_pinsrw(const Insn& insn, Op& op) {
  emit_mmx(insn, op, mmx_handlers<PinsrwMemory>());
  if (insn.memory()) return true;
  op.src = static_cast<uint8_t>(insn.rm * 8);
  op.fn = simple_handler<pinsrw_register>;
  return true;
}

// General register from an MMX register.
bool emit_gpr_from_mm(const Insn& insn, Op& op, Handler handler) {
  op.dst = static_cast<uint8_t>(insn.reg * 8);
  op.src = insn.rm & 7;
  op.imm = static_cast<int64_t>(insn.imm);
  op.fn = handler;
  return true;
}

bool emit_maskmovq(const Insn& insn, Op& op) {
  emit_rdi(insn, op);
  op.dst = insn.reg & 7;
  op.src = insn.rm & 7;
  op.fn = simple_handler<maskmovq>;
  return true;
}

}  // namespace

bool emit_mmx_move(const Insn& insn, Op& op) {
  switch (insn.row->arg) {
    case kMmxFromGpr: return emit_from_gpr(insn, op);
    case kMmxToGpr: return emit_to_gpr(insn, op);
    case kMmxLoad: return emit_mmx(insn, op, MakeMmx::with<copy>());
    case kMmxStore: return emit_store(insn, op);
    case kMmxPinsrw: return emit_pinsrw(insn, op);
    case kMmxPextrw: return emit_gpr_from_mm(insn, op, simple_handler<pextrw>);
    case kMmxPmovmskb: return emit_gpr_from_mm(insn, op, simple_handler<pmovmskb>);
    case kMaskmovq: return emit_maskmovq(insn, op);
    case kEmms: op.fn = simple_handler<emms>; return true;
    default: return false;
  }
}

}  // namespace vireo
