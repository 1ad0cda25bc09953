// ADD OR ADC SBB AND SUB XOR CMP and TEST in all operand shapes.
#include "cpu/exec/integer_operands.h"
#include "cpu/exec/register_ops.h"

namespace vireo {
namespace {

template <unsigned kind, bool flags, typename T, Form form>
VIREO_HANDLER alu_reg_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  const Loaded<T> b = load<T>(cpu, op, at.va);
  if (VIREO_UNLIKELY(!b.ok)) VIREO_FAULT();
  const T r = alu_on<kind, flags, T>(cpu, reg<T>(cpu, op->dst), b.value);
  if constexpr (kWritesResult<kind>) set_reg<T>(cpu, op->dst, r);
  VIREO_NEXT();
}

// memory op= b; CMP only reads.
template <unsigned kind, bool flags, typename T>
inline bool alu_memory(Cpu& cpu, const Op* op, uint64_t va, T b) {
  if constexpr (kWritesResult<kind>) {
    return modify<T>(cpu, op, va, [&](T a) { return alu_on<kind, flags, T>(cpu, a, b); });
  } else {
    const Loaded<T> a = load<T>(cpu, op, va);
    if (VIREO_LIKELY(a.ok)) alu_on<kind, flags, T>(cpu, a.value, b);
    return a.ok;
  }
}

template <unsigned kind, bool flags, typename T, Form form>
VIREO_HANDLER alu_mem_reg(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  if (VIREO_UNLIKELY(!(alu_memory<kind, flags, T>(cpu, op, at.va, reg<T>(cpu, op->src))))) {
    VIREO_FAULT();
  }
  VIREO_NEXT();
}

template <unsigned kind, bool flags, typename T, Form form>
VIREO_HANDLER alu_mem_imm(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  if (VIREO_UNLIKELY(!(alu_memory<kind, flags, T>(cpu, op, at.va, static_cast<T>(op->imm))))) {
    VIREO_FAULT();
  }
  VIREO_NEXT();
}

template <unsigned kind, bool flags, typename T>
Handler alu_handler(Shaped shaped) {
  if (shaped.shape == Shape::kRegReg) return &register_op<AluReg<kind, flags, T>>;
  if (shaped.shape == Shape::kRegImm) return &register_op<AluImm<kind, flags, T>>;
  return by_any_form(shaped.form, [&](auto form) -> Handler {
    if (shaped.shape == Shape::kRegMem) return &alu_reg_mem<kind, flags, T, form()>;
    if (shaped.shape == Shape::kMemReg) return &alu_mem_reg<kind, flags, T, form()>;
    return &alu_mem_imm<kind, flags, T, form()>;
  });
}

// XOR r,r and SUB r,r clear the register whatever was in it.
template <bool flags>
VIREO_HANDLER clear_register(Cpu& cpu, const Op* op) {
  set_reg<uint64_t>(cpu, op->dst, 0);
  if constexpr (flags) cpu.flags = kPackedZf | kPackedPf;
  VIREO_NEXT();
}

bool clears_register(const Insn& insn, const Op& op, Shaped shaped) {
  return shaped.shape == Shape::kRegReg && op.dst == op.src && insn.op_size >= 4 &&
         (insn.row->arg == kAluXor || insn.row->arg == kAluSub);
}

template <typename T>
inline void test_flags(Cpu& cpu, T a, T b) {
  cpu.flags = flag_logic<T>(static_cast<T>(a & b));
}

template <typename T>
VIREO_HANDLER test_reg_reg(Cpu& cpu, const Op* op) {
  test_flags<T>(cpu, reg<T>(cpu, op->dst), reg<T>(cpu, op->src));
  VIREO_NEXT();
}
template <typename T>
VIREO_HANDLER test_reg_imm(Cpu& cpu, const Op* op) {
  test_flags<T>(cpu, reg<T>(cpu, op->dst), static_cast<T>(op->imm));
  VIREO_NEXT();
}
template <typename T, Form form, bool immediate>
VIREO_HANDLER test_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  const Loaded<T> a = load<T>(cpu, op, at.va);
  if (VIREO_UNLIKELY(!a.ok)) VIREO_FAULT();
  test_flags<T>(cpu, a.value, immediate ? static_cast<T>(op->imm) : reg<T>(cpu, op->src));
  VIREO_NEXT();
}

}  // namespace

bool emit_alu(const Insn& insn, Op& op) {
  const Shaped shaped = shape_operands(insn, op);
  if (clears_register(insn, op, shaped)) {
    op.fn = insn.flags_dead ? &clear_register<false> : &clear_register<true>;
    return true;
  }
  op.fn = by_value<8>(insn.row->arg, [&](auto kind) {
    return by_size(insn.op_size, [&](auto type) {
      using T = decltype(type);
      return insn.flags_dead ? alu_handler<kind(), false, T>(shaped)
                             : alu_handler<kind(), true, T>(shaped);
    });
  });
  return true;
}

bool emit_test(const Insn& insn, Op& op) {
  const Shaped shaped = shape_operands(insn, op);
  op.fn = by_size(insn.op_size, [&](auto type) -> Handler {
    using T = decltype(type);
    if (shaped.shape == Shape::kRegReg) return &test_reg_reg<T>;
    if (shaped.shape == Shape::kRegImm) return &test_reg_imm<T>;
    return by_any_form(shaped.form, [&](auto form) -> Handler {
      return shaped.shape == Shape::kMemImm ? &test_mem<T, form(), true>
                                            : &test_mem<T, form(), false>;
    });
  });
  return true;
}

}  // namespace vireo
