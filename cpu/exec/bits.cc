// BT BTS BTR BTC, BSF BSR POPCNT; XADD, CMPXCHG, CMPXCHG8B/16B; flag moves.
#include <bit>

#include "cpu/exec/integer.h"
#include "cpu/exec/integer_operands.h"

namespace vireo {
namespace {

template <unsigned kind, typename T>
inline T change_bit(T value, unsigned bit) {
  const T mask = static_cast<T>(T{1} << bit);
  if constexpr (kind == kBitBts) return value | mask;
  else if constexpr (kind == kBitBtr) return static_cast<T>(value & ~mask);
  else if constexpr (kind == kBitBtc) return value ^ mask;
  else return value;
}
inline void set_carry(Cpu& cpu, bool carry) {
  cpu.flags = static_cast<PackedFlags>((cpu.flags & ~kPackedCf) | (carry ? kPackedCf : 0));
}

template <typename T, bool immediate>
inline int64_t bit_index(const Cpu& cpu, const Op* op) {
  if (immediate) return op->imm & (8 * sizeof(T) - 1);
  return static_cast<std::make_signed_t<T>>(reg<T>(cpu, op->src));
}

template <unsigned kind, typename T, bool immediate>
VIREO_HANDLER bit_test_reg(Cpu& cpu, const Op* op) {
  const unsigned bit = static_cast<unsigned>(bit_index<T, immediate>(cpu, op)) % (8 * sizeof(T));
  const T value = reg<T>(cpu, op->dst);
  set_carry(cpu, value >> bit & 1);
  if constexpr (kind != kBitBt) set_reg<T>(cpu, op->dst, change_bit<kind, T>(value, bit));
  VIREO_NEXT();
}

// With a register index the bit string reaches beyond the operand: whole
// operands away from it (SDM 2A, BT).
template <unsigned kind, typename T, bool immediate>
Status bit_test_mem(Cpu& cpu, const Op* op) {
  const int64_t index = bit_index<T, immediate>(cpu, op);
  const int64_t skip = (index >> (sizeof(T) == 8 ? 6 : sizeof(T) == 4 ? 5 : 4)) *
                       static_cast<int64_t>(sizeof(T));
  Op moved = *op;
  Linear at{0, true};
  if (cpu.code_mode == CodeMode::k64 && op->addr_size == 8) {
    at.va = effective_offset(cpu, op) + cpu.seg_base[op->seg] + static_cast<uint64_t>(skip);
  } else {
    moved.disp = static_cast<int32_t>(op->disp + skip);
    at = linear<Form::kFull>(cpu, &moved);
  }
  if (!at.ok) return Status::kFault;
  const unsigned bit = static_cast<unsigned>(index) % (8 * sizeof(T));
  if constexpr (kind == kBitBt) {
    const Loaded<T> v = load<T>(cpu, op, at.va);
    if (!v.ok) return Status::kFault;
    set_carry(cpu, v.value >> bit & 1);
    return Status::kOk;
  } else {
    const bool ok = modify<T>(cpu, op, at.va, [&](T v) {
      set_carry(cpu, v >> bit & 1);
      return change_bit<kind, T>(v, bit);
    });
    return ok ? Status::kOk : Status::kFault;
  }
}

// BSF and BSR leave the destination alone when the source is zero, as every
// processor does; ZF is the only defined flag, the others follow the source.
template <unsigned kind, typename T>
inline void bit_scan(Cpu& cpu, const Op* op, T v) {
  if constexpr (kind == kPopcnt) {
    set_reg<T>(cpu, op->dst, static_cast<T>(std::popcount(v)));
    cpu.flags = v == 0 ? kPackedZf : 0;
  } else {
    cpu.flags = fast_result_flags<T>(v);
    if (v == 0) return;
    const int at = kind == kBsf ? std::countr_zero(v)
                                : static_cast<int>(8 * sizeof(T)) - 1 - std::countl_zero(v);
    set_reg<T>(cpu, op->dst, static_cast<T>(at));
  }
}
template <unsigned kind, typename T>
VIREO_HANDLER bit_scan_reg(Cpu& cpu, const Op* op) {
  bit_scan<kind, T>(cpu, op, reg<T>(cpu, op->src));
  VIREO_NEXT();
}
template <unsigned kind, typename T, Form form>
VIREO_HANDLER bit_scan_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  const Loaded<T> v = load<T>(cpu, op, at.va);
  if (VIREO_UNLIKELY(!v.ok)) VIREO_FAULT();
  bit_scan<kind, T>(cpu, op, v.value);
  VIREO_NEXT();
}

template <typename T>
VIREO_HANDLER xadd_reg(Cpu& cpu, const Op* op) {
  const T a = reg<T>(cpu, op->dst), b = reg<T>(cpu, op->src);
  PackedFlags f = 0;
  const T sum = flag_add<T>(a, b, f);
  cpu.flags = f;
  set_reg<T>(cpu, op->src, a);
  set_reg<T>(cpu, op->dst, sum);
  VIREO_NEXT();
}
template <typename T, Form form>
VIREO_HANDLER xadd_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  const T b = reg<T>(cpu, op->src);
  T old = 0;
  PackedFlags f = 0;
  const bool ok = modify<T>(cpu, op, at.va, [&](T a) { return old = a, flag_add<T>(a, b, f); });
  if (VIREO_UNLIKELY(!ok)) VIREO_FAULT();
  cpu.flags = f;
  set_reg<T>(cpu, op->src, old);
  VIREO_NEXT();
}

// The destination is written in both cases (SDM 2A, CMPXCHG): with its own value
// when the comparison fails.
template <typename T>
inline T compare_exchange(Cpu& cpu, T current, T replacement, bool& equal) {
  const T expected = reg<T>(cpu, 0);
  PackedFlags f = 0;
  flag_cmp<T>(expected, current, f);
  cpu.flags = f;
  equal = expected == current;
  return equal ? replacement : current;
}
template <typename T>
VIREO_HANDLER cmpxchg_reg(Cpu& cpu, const Op* op) {
  const T current = reg<T>(cpu, op->dst);
  bool equal;
  const T result = compare_exchange<T>(cpu, current, reg<T>(cpu, op->src), equal);
  if (equal) set_reg<T>(cpu, op->dst, result);
  else set_reg<T>(cpu, 0, current);
  VIREO_NEXT();
}
template <typename T, Form form>
VIREO_HANDLER cmpxchg_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  T current = 0;
  bool equal = false;
  const bool ok = modify<T>(cpu, op, at.va, [&](T v) {
    current = v;
    return compare_exchange<T>(cpu, v, reg<T>(cpu, op->src), equal);
  });
  if (VIREO_UNLIKELY(!ok)) VIREO_FAULT();
  if (!equal) set_reg<T>(cpu, 0, current);
  VIREO_NEXT();
}

// CMPXCHG8B (T = uint32_t) and CMPXCHG16B (T = uint64_t).
template <typename T>
Status cmpxchg_wide(Cpu& cpu, const Op* op) {
  struct Pair {
    T low, high;
  };
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  if (sizeof(T) == 8 && (at.va & 15)) return cpu.raise(kVectorGp, 0);
  if (!probe_write(cpu, op, at.va, sizeof(Pair))) return Status::kFault;
  const Loaded<Pair> old = load<Pair>(cpu, op, at.va);
  if (!old.ok) return Status::kFault;
  const bool equal =
      old.value.low == reg<T>(cpu, kRax * 8) && old.value.high == reg<T>(cpu, kRdx * 8);
  const Pair replacement{reg<T>(cpu, kRbx * 8), reg<T>(cpu, kRcx * 8)};
  if (!store<Pair>(cpu, op, at.va, equal ? replacement : old.value)) return Status::kFault;
  if (!equal) {
    set_reg<T>(cpu, kRax * 8, old.value.low);
    set_reg<T>(cpu, kRdx * 8, old.value.high);
  }
  cpu.flags = static_cast<PackedFlags>((cpu.flags & ~kPackedZf) | (equal ? kPackedZf : 0));
  return Status::kOk;
}

template <unsigned kind>
VIREO_HANDLER flag_insn(Cpu& cpu, const Op* op) {
  if constexpr (kind == kSahf) {
    cpu.flags = static_cast<PackedFlags>((cpu.flags & kPackedOf) |
                                         (reg<uint8_t>(cpu, 1) & 0xd5) << 8);
  } else if constexpr (kind == kLahf) {
    set_reg<uint8_t>(cpu, 1, static_cast<uint8_t>((cpu.flags >> 8 & 0xd5) | 2));
  } else if constexpr (kind == kCmc) {
    cpu.flags ^= kPackedCf;
  } else if constexpr (kind == kClc) {
    cpu.flags &= static_cast<PackedFlags>(~kPackedCf);
  } else if constexpr (kind == kStc) {
    cpu.flags |= kPackedCf;
  } else if constexpr (kind == kCld) {
    cpu.rflags &= ~kFlagDf;
  } else if constexpr (kind == kStd) {
    cpu.rflags |= kFlagDf;
  } else {
    set_reg<uint8_t>(cpu, 0, cpu.flags & kPackedCf ? 0xff : 0);  // SALC
  }
  VIREO_NEXT();
}

}  // namespace

bool emit_bit_test(const Insn& insn, Op& op) {
  const bool immediate = insn.row->operands[1] == Opd::kIb;
  op.imm = static_cast<int64_t>(insn.imm);
  op.dst = operand_register(insn, Opd::kEv, insn.op_size);
  op.src = operand_register(insn, Opd::kGv, insn.op_size);
  if (insn.memory()) emit_memory(insn, op);
  op.fn = by_value<4>(insn.row->arg, [&](auto kind) {
    return by_word_size(insn.op_size, [&](auto type) {
      using T = decltype(type);
      return by_flag(immediate, [&](auto imm) -> Handler {
        if (!insn.memory()) return &bit_test_reg<kind(), T, imm()>;
        return &simple_handler<bit_test_mem<kind(), T, imm()>>;
      });
    });
  });
  return true;
}

bool emit_bit_scan(const Insn& insn, Op& op) {
  op.dst = operand_register(insn, Opd::kGv, insn.op_size);
  op.src = operand_register(insn, Opd::kEv, insn.op_size);
  const bool memory = insn.memory();
  const Form form = memory ? emit_memory(insn, op) : Form::kBase;
  op.fn = by_value<3>(insn.row->arg, [&](auto kind) {
    return by_word_size(insn.op_size, [&](auto type) -> Handler {
      using T = decltype(type);
      if (!memory) return &bit_scan_reg<kind(), T>;
      return by_form(form, [&](auto f) -> Handler { return &bit_scan_mem<kind(), T, f()>; });
    });
  });
  return true;
}

bool emit_xadd(const Insn& insn, Op& op) {
  const Shaped shaped = shape_operands(insn, op);
  op.fn = by_size(insn.op_size, [&](auto type) -> Handler {
    using T = decltype(type);
    if (shaped.shape == Shape::kRegReg) return &xadd_reg<T>;
    return by_form(shaped.form, [&](auto f) -> Handler { return &xadd_mem<T, f()>; });
  });
  return true;
}

bool emit_cmpxchg(const Insn& insn, Op& op) {
  const Shaped shaped = shape_operands(insn, op);
  op.fn = by_size(insn.op_size, [&](auto type) -> Handler {
    using T = decltype(type);
    if (shaped.shape == Shape::kRegReg) return &cmpxchg_reg<T>;
    return by_form(shaped.form, [&](auto f) -> Handler { return &cmpxchg_mem<T, f()>; });
  });
  return true;
}

bool emit_cmpxchg_wide(const Insn& insn, Op& op) {
  emit_memory(insn, op);
  op.fn = insn.op_size == 8 ? &simple_handler<cmpxchg_wide<uint64_t>>
                            : &simple_handler<cmpxchg_wide<uint32_t>>;
  return true;
}

bool emit_flag_insn(const Insn& insn, Op& op) {
  op.fn = by_value<8>(insn.row->arg, [](auto kind) -> Handler { return &flag_insn<kind()>; });
  return true;
}

}  // namespace vireo
