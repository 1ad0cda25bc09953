// Traffic between vector registers and general registers: MOVD, PINSRx, PEXTRx,
// MOVMSKPS, PMOVMSKB, and MOVNTI, MASKMOVDQU.
#include "cpu/exec/sse.h"
#include "cpu/exec/sse_handler.h"

namespace vireo {
namespace {

template <typename T>
__m128i movd(__m128i, T v) {
  return _mm_cvtsi64_si128(static_cast<int64_t>(v));
}

template <typename T>
__m128i insert(__m128i d, T v, unsigned imm) {
  auto lanes = std::bit_cast<std::array<T, 16 / sizeof(T)>>(d);
  lanes[imm % lanes.size()] = v;
  return std::bit_cast<__m128i>(lanes);
}

template <typename T>
T extract(__m128i s, unsigned imm) {
  const auto lanes = std::bit_cast<std::array<T, 16 / sizeof(T)>>(s);
  return lanes[imm % lanes.size()];
}

uint32_t movmskps(__m128i s) {
  return static_cast<uint32_t>(_mm_movemask_ps(_mm_castsi128_ps(s)));
}
uint32_t movmskpd(__m128i s) {
  return static_cast<uint32_t>(_mm_movemask_pd(_mm_castsi128_pd(s)));
}
uint32_t pmovmskb(__m128i s) { return static_cast<uint32_t>(_mm_movemask_epi8(s)); }

// Element op->imm of op->src, for stores.
template <typename T>
struct Element {
  static constexpr bool kAligned = false;
  static T take(const Cpu& cpu, const Op* op) {
    return extract<T>(vec(cpu, op->src), static_cast<unsigned>(op->imm));
  }
};

// Element of a vector register to r/m; a general register gets it zero-extended.
template <typename T>
bool emit_extract(const Insn& insn, Op& op) {
  if (insn.memory()) {
    emit_store<Element<T>>(insn, op);
    return true;
  }
  using Wide = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
  op.src = insn.reg;
  op.dst = static_cast<uint8_t>(insn.rm * 8);
  op.imm = static_cast<int64_t>(insn.imm);
  op.fn = vec_from_register<VecToGpr<extract<T>, Wide>>;
  return true;
}

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
// do not fault.
Status maskmovdqu(Cpu& cpu, const Op* op) {
  if (!sse_ready(cpu)) return raise_sse_unavailable(cpu);
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  for (unsigned i = 0; i < 16; ++i) {
    if (!(cpu.vec[op->src].u8[i] & 0x80)) continue;
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
      return wide ? emit_extract<uint64_t>(insn, op) : emit_extract<uint32_t>(insn, op);
    case kPextrb: return emit_extract<uint8_t>(insn, op);
    case kPextrw: return emit_extract<uint16_t>(insn, op);
    case kExtractps: return emit_extract<uint32_t>(insn, op);
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
  op.fn = simple_handler<maskmovdqu>;
  return true;
}

}  // namespace vireo
