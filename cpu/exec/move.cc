// MOV, LEA, MOVZX, MOVSX, CMOVcc, SETcc, XCHG, BSWAP, CBW..CQO, XLAT.
#include <bit>

#include "cpu/exec/integer.h"
#include "cpu/exec/integer_operands.h"
#include "cpu/exec/load_ops.h"
#include "cpu/exec/register_ops.h"

namespace vireo {
namespace {

template <typename T, Form form>
VIREO_HANDLER mov_mem_reg(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  if (VIREO_UNLIKELY(!store<T>(cpu, op, at.va, reg<T>(cpu, op->src)))) VIREO_FAULT();
  VIREO_NEXT();
}
template <typename T, Form form>
VIREO_HANDLER mov_mem_imm(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  if (VIREO_UNLIKELY(!store<T>(cpu, op, at.va, static_cast<T>(op->imm)))) VIREO_FAULT();
  VIREO_NEXT();
}

// MOV AL/AX, moffs: the offset is in imm.
template <typename T, bool to_memory>
Status mov_moffs(Cpu& cpu, const Op* op) {
  Linear at{static_cast<uint64_t>(op->imm) + cpu.seg_base[op->seg], true};
  if (cpu.code_mode != CodeMode::k64) at = legacy_linear(cpu, op, static_cast<uint64_t>(op->imm));
  if (!at.ok) return Status::kFault;
  if (to_memory) {
    return store<T>(cpu, op, at.va, reg<T>(cpu, 0)) ? Status::kOk : Status::kFault;
  }
  const Loaded<T> v = load<T>(cpu, op, at.va);
  if (!v.ok) return Status::kFault;
  set_reg<T>(cpu, 0, v.value);
  return Status::kOk;
}

template <typename T, Form form>
VIREO_HANDLER lea(Cpu& cpu, const Op* op) {
  uint64_t offset;
  if constexpr (form == Form::kFull) offset = effective_offset(cpu, op);
  else offset = linear<form>(cpu, op).va;
  set_reg<T>(cpu, op->dst, static_cast<T>(offset));
  VIREO_NEXT();
}


// A 32-bit CMOV clears the upper half even when the condition is false.
template <unsigned cc, typename T>
VIREO_HANDLER cmov_reg(Cpu& cpu, const Op* op) {
  const T v = condition<cc>(cpu.flags) ? reg<T>(cpu, op->src) : reg<T>(cpu, op->dst);
  set_reg<T>(cpu, op->dst, v);
  VIREO_NEXT();
}
template <unsigned cc, typename T, Form form>
VIREO_HANDLER cmov_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  const Loaded<T> v = load<T>(cpu, op, at.va);
  if (VIREO_UNLIKELY(!v.ok)) VIREO_FAULT();
  set_reg<T>(cpu, op->dst, condition<cc>(cpu.flags) ? v.value : reg<T>(cpu, op->dst));
  VIREO_NEXT();
}

template <unsigned cc>
VIREO_HANDLER setcc_reg(Cpu& cpu, const Op* op) {
  set_reg<uint8_t>(cpu, op->dst, condition<cc>(cpu.flags));
  VIREO_NEXT();
}
template <unsigned cc, Form form>
VIREO_HANDLER setcc_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  if (VIREO_UNLIKELY(!store<uint8_t>(cpu, op, at.va, condition<cc>(cpu.flags)))) VIREO_FAULT();
  VIREO_NEXT();
}

template <typename T>
VIREO_HANDLER xchg_reg(Cpu& cpu, const Op* op) {
  const T a = reg<T>(cpu, op->dst), b = reg<T>(cpu, op->src);
  set_reg<T>(cpu, op->dst, b);
  set_reg<T>(cpu, op->src, a);
  VIREO_NEXT();
}
template <typename T, Form form>
VIREO_HANDLER xchg_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  const T b = reg<T>(cpu, op->src);
  T old = 0;
  const bool ok = modify<T>(cpu, op, at.va, [&](T a) { return old = a, b; });
  if (VIREO_UNLIKELY(!ok)) VIREO_FAULT();
  set_reg<T>(cpu, op->src, old);
  VIREO_NEXT();
}

VIREO_HANDLER nop(Cpu& cpu, const Op* op) {
  (void)cpu;
  VIREO_NEXT();
}

template <typename T>
VIREO_HANDLER bswap(Cpu& cpu, const Op* op) {
  T v = reg<T>(cpu, op->dst);
  if constexpr (sizeof(T) == 8) v = __builtin_bswap64(v);
  else if constexpr (sizeof(T) == 4) v = __builtin_bswap32(v);
  else v = 0;  // undefined by the SDM; processors clear the word
  set_reg<T>(cpu, op->dst, v);
  VIREO_NEXT();
}

// CBW, CWDE, CDQE: the lower half of the accumulator, sign-extended.
template <typename T, typename Half>
VIREO_HANDLER widen_accumulator(Cpu& cpu, const Op* op) {
  set_reg<T>(cpu, 0, static_cast<T>(reg<Half>(cpu, 0)));
  VIREO_NEXT();
}
// CWD, CDQ, CQO: the accumulator's sign through DX.
template <typename T>
VIREO_HANDLER sign_to_dx(Cpu& cpu, const Op* op) {
  const bool negative = reg<T>(cpu, 0) >> (8 * sizeof(T) - 1) & 1;
  set_reg<T>(cpu, kRdx * 8, negative ? static_cast<T>(~T{0}) : T{0});
  VIREO_NEXT();
}

Status xlat(Cpu& cpu, const Op* op) {
  uint64_t offset = reg<uint64_t>(cpu, kRbx * 8) + reg<uint8_t>(cpu, 0);
  if (op->addr_size == 4) offset = static_cast<uint32_t>(offset);
  if (op->addr_size == 2) offset = static_cast<uint16_t>(offset);
  Linear at{offset + cpu.seg_base[op->seg], true};
  if (cpu.code_mode != CodeMode::k64) at = legacy_linear(cpu, op, offset);
  if (!at.ok) return Status::kFault;
  const Loaded<uint8_t> v = load<uint8_t>(cpu, op, at.va);
  if (!v.ok) return Status::kFault;
  set_reg<uint8_t>(cpu, 0, v.value);
  return Status::kOk;
}

template <typename From>
Handler extend_handler(const Insn& insn, Op& op) {
  if (insn.memory()) {
    return by_any_form(emit_memory(insn, op), [&](auto form) {
      return by_word_size(insn.op_size, [&](auto type) -> Handler {
        return &load_op<LoadTo<decltype(type), From, form()>>;
      });
    });
  }
  op.src = reg_offset(insn.rm, sizeof(From), insn.rex != 0);
  return by_word_size(insn.op_size, [](auto type) -> Handler {
    return &register_op<Extend<decltype(type), From>>;
  });
}

}  // namespace

bool emit_mov(const Insn& insn, Op& op) {
  const Shaped shaped = shape_operands(insn, op);
  op.fn = by_size(insn.op_size, [&](auto type) -> Handler {
    using T = decltype(type);
    if (shaped.shape == Shape::kRegReg) return &register_op<MovReg<T>>;
    if (shaped.shape == Shape::kRegImm) return &register_op<MovImm<T>>;
    return by_any_form(shaped.form, [&](auto form) -> Handler {
      if (shaped.shape == Shape::kRegMem) return &load_op<LoadTo<T, T, form()>>;
      if (shaped.shape == Shape::kMemReg) return &mov_mem_reg<T, form()>;
      return &mov_mem_imm<T, form()>;
    });
  });
  return true;
}

bool emit_moffs(const Insn& insn, Op& op) {
  op.imm = static_cast<int64_t>(insn.imm);
  op.seg = insn.seg;
  op.addr_size = insn.addr_size;
  const bool to_memory = insn.row->arg == 1;
  op.fn = by_size(insn.op_size, [&](auto type) -> Handler {
    using T = decltype(type);
    return to_memory ? &simple_handler<mov_moffs<T, true>> : &simple_handler<mov_moffs<T, false>>;
  });
  return true;
}

bool emit_lea(const Insn& insn, Op& op) {
  op.dst = reg_offset(insn.reg, insn.op_size, true);
  Form form = emit_memory(insn, op);
  if (form == Form::kFull && insn.addr_size == 8) {
    form = insn.index == kZeroReg ? Form::kBase : Form::kSib;  // the segment does not count
  }
  // Flat 32-bit code adds modulo 4 GiB, to a destination that is no wider.
  const bool flat = form == Form::kFlat32Base && insn.op_size <= 4;
  if (form == Form::kBase || flat) {
    op.src = op.base;
    op.imm = op.disp;
    op.fn = by_word_size(insn.op_size, [](auto type) -> Handler {
      return &register_op<LeaBase<decltype(type)>>;
    });
    return true;
  }
  op.fn = by_form(form, [&](auto form) {
    return by_word_size(insn.op_size,
                        [&](auto type) -> Handler { return &lea<decltype(type), form()>; });
  });
  return true;
}

bool emit_extend(const Insn& insn, Op& op) {
  op.dst = reg_offset(insn.reg, insn.op_size, true);
  switch (insn.row->arg) {
    case kZero8: op.fn = extend_handler<uint8_t>(insn, op); break;
    case kZero16: op.fn = extend_handler<uint16_t>(insn, op); break;
    case kSign8: op.fn = extend_handler<int8_t>(insn, op); break;
    case kSign16: op.fn = extend_handler<int16_t>(insn, op); break;
    default: op.fn = extend_handler<int32_t>(insn, op); break;
  }
  return true;
}

bool emit_cmov(const Insn& insn, Op& op) {
  const Shaped shaped = shape_operands(insn, op);
  op.fn = by_value<16>(insn.row->arg, [&](auto cc) {
    return by_word_size(insn.op_size, [&](auto type) -> Handler {
      using T = decltype(type);
      if (shaped.shape == Shape::kRegReg) return &cmov_reg<cc(), T>;
      return by_form(shaped.form,
                     [&](auto form) -> Handler { return &cmov_mem<cc(), T, form()>; });
    });
  });
  return true;
}

bool emit_setcc(const Insn& insn, Op& op) {
  op.dst = reg_offset(insn.rm, 1, insn.rex != 0);
  op.fn = by_value<16>(insn.row->arg, [&](auto cc) -> Handler {
    if (!insn.memory()) return &setcc_reg<cc()>;
    return by_form(emit_memory(insn, op),
                   [&](auto form) -> Handler { return &setcc_mem<cc(), form()>; });
  });
  return true;
}

bool emit_xchg(const Insn& insn, Op& op) {
  const Shaped shaped = shape_operands(insn, op);
  op.fn = by_size(insn.op_size, [&](auto type) -> Handler {
    using T = decltype(type);
    if (shaped.shape == Shape::kRegReg) return &xchg_reg<T>;
    return by_form(shaped.form, [&](auto form) -> Handler { return &xchg_mem<T, form()>; });
  });
  return true;
}

bool emit_xchg_ax(const Insn& insn, Op& op) {
  op.src = 0;
  op.dst = operand_register(insn, Opd::kZv, insn.op_size);
  if (op.dst == 0) {
    op.fn = &nop;  // 90 does not even clear the upper half of RAX
    return true;
  }
  op.fn = by_word_size(insn.op_size,
                       [](auto type) -> Handler { return &xchg_reg<decltype(type)>; });
  return true;
}

bool emit_bswap(const Insn& insn, Op& op) {
  op.dst = operand_register(insn, Opd::kZv, insn.op_size);
  op.fn = by_word_size(insn.op_size,
                       [](auto type) -> Handler { return &bswap<decltype(type)>; });
  return true;
}

bool emit_convert(const Insn& insn, Op& op) {
  if (insn.row->arg == 1) {
    op.fn = by_word_size(insn.op_size,
                         [](auto type) -> Handler { return &sign_to_dx<decltype(type)>; });
  } else if (insn.op_size == 2) {
    op.fn = &widen_accumulator<uint16_t, int8_t>;
  } else if (insn.op_size == 4) {
    op.fn = &widen_accumulator<uint32_t, int16_t>;
  } else {
    op.fn = &widen_accumulator<uint64_t, int32_t>;
  }
  return true;
}

bool emit_xlat(const Insn& insn, Op& op) {
  op.seg = insn.seg;
  op.addr_size = insn.addr_size;
  op.fn = &simple_handler<xlat>;
  return true;
}

}  // namespace vireo
