// ROL ROR RCL RCR SHL SHR SAR, SHLD and SHRD (SDM 2B). Where the SDM leaves a
// flag undefined the value here is fixed: OF follows the one-bit rule whatever
// the count, AF is clear.
#include <algorithm>
#include <bit>

#include "cpu/exec/integer.h"
#include "cpu/exec/integer_operands.h"
#include "cpu/exec/register_ops.h"

namespace vireo {
namespace {

template <typename T>
inline constexpr unsigned kBits = 8 * sizeof(T);

template <typename T>
inline bool top_bit(T v) {
  return v >> (kBits<T> - 1) & 1;
}

inline PackedFlags carry_overflow(bool carry, bool overflow) {
  return static_cast<PackedFlags>((carry ? kPackedCf : 0) | (overflow ? kPackedOf : 0));
}

// `count` is not zero and below 64 (64-bit) or 32 (others).
template <unsigned kind, typename T>
inline T shift(T a, unsigned count, PackedFlags& f) {
  using Signed = std::make_signed_t<T>;
  T r;
  bool carry, overflow;
  if constexpr (kind == kShiftShl) {
    r = count < kBits<T> ? static_cast<T>(a << count) : T{0};
    carry = count <= kBits<T> && (a >> (kBits<T> - count) & 1);
    overflow = top_bit(r) != carry;
  } else if constexpr (kind == kShiftShr) {
    r = count < kBits<T> ? static_cast<T>(a >> count) : T{0};
    carry = count <= kBits<T> && (a >> (count - 1) & 1);
    overflow = top_bit(a);
  } else {
    const unsigned n = std::min(count, kBits<T> - 1);
    r = static_cast<T>(static_cast<Signed>(a) >> n);
    carry = count > n ? top_bit(a) : a >> (n - 1) & 1;
    overflow = false;
  }
  f = fast_result_flags<T>(r) | carry_overflow(carry, overflow);
  return r;
}

// Rotates touch CF and OF only.
template <unsigned kind, typename T>
inline T rotate(T a, unsigned count, PackedFlags& f) {
  T r;
  bool carry, overflow;
  if constexpr (kind == kShiftRol) {
    r = std::rotl(a, static_cast<int>(count % kBits<T>));
    carry = r & 1;
    overflow = top_bit(r) != carry;
  } else {
    r = std::rotr(a, static_cast<int>(count % kBits<T>));
    carry = top_bit(r);
    overflow = carry != static_cast<bool>(r >> (kBits<T> - 2) & 1);
  }
  f = static_cast<PackedFlags>((f & ~(kPackedCf | kPackedOf)) | carry_overflow(carry, overflow));
  return r;
}

template <unsigned kind, typename T>
inline T rotate_through_carry(T a, unsigned count, PackedFlags& f) {
  bool carry = f & kPackedCf;
  for (unsigned n = count % (kBits<T> + 1); n > 0; --n) {
    if constexpr (kind == kShiftRcl) {
      const bool out = top_bit(a);
      a = static_cast<T>(a << 1 | T{carry});
      carry = out;
    } else {
      const bool out = a & 1;
      a = static_cast<T>(a >> 1 | static_cast<T>(T{carry} << (kBits<T> - 1)));
      carry = out;
    }
  }
  const bool overflow = kind == kShiftRcl
                            ? top_bit(a) != carry
                            : top_bit(a) != static_cast<bool>(a >> (kBits<T> - 2) & 1);
  f = static_cast<PackedFlags>((f & ~(kPackedCf | kPackedOf)) | carry_overflow(carry, overflow));
  return a;
}

template <unsigned kind, typename T>
inline T shift_value(Cpu& cpu, T a, unsigned raw_count) {
  const unsigned count = raw_count & (sizeof(T) == 8 ? 63 : 31);
  if (count == 0) return a;
  PackedFlags f = cpu.flags;
  T r;
  if constexpr (kind == kShiftRol || kind == kShiftRor) r = rotate<kind, T>(a, count, f);
  else if constexpr (kind == kShiftRcl || kind == kShiftRcr)
    r = rotate_through_carry<kind, T>(a, count, f);
  else r = shift<kind, T>(a, count, f);
  cpu.flags = f;
  return r;
}

template <bool by_cl>
inline unsigned shift_count(const Cpu& cpu, const Op* op) {
  return by_cl ? reg<uint8_t>(cpu, kRcx * 8) : static_cast<unsigned>(op->imm);
}

template <unsigned kind, typename T, bool by_cl>
VIREO_HANDLER shift_reg(Cpu& cpu, const Op* op) {
  set_reg<T>(cpu, op->dst,
             shift_value<kind, T>(cpu, reg<T>(cpu, op->dst), shift_count<by_cl>(cpu, op)));
  VIREO_NEXT();
}
template <unsigned kind, typename T, bool by_cl, Form form>
VIREO_HANDLER shift_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  const bool ok = modify<T>(cpu, op, at.va, [&](T a) {
    return shift_value<kind, T>(cpu, a, shift_count<by_cl>(cpu, op));
  });
  if (VIREO_UNLIKELY(!ok)) VIREO_FAULT();
  VIREO_NEXT();
}

Handler plain_shift_handler(unsigned kind, unsigned size) {
  return by_word_size(size, [&](auto type) -> Handler {
    using T = decltype(type);
    if (kind == kShiftShl) return &register_op<PlainShift<kShiftShl, T>>;
    if (kind == kShiftShr) return &register_op<PlainShift<kShiftShr, T>>;
    if (kind == kShiftRol) return &register_op<PlainShift<kShiftRol, T>>;
    if (kind == kShiftRor) return &register_op<PlainShift<kShiftRor, T>>;
    return &register_op<PlainShift<kShiftSar, T>>;
  });
}

bool through_carry(unsigned kind) { return kind == kShiftRcl || kind == kShiftRcr; }

template <unsigned kind, typename T>
inline T double_shift(Cpu& cpu, T a, T b, unsigned raw_count) {
  const unsigned count = raw_count & (sizeof(T) == 8 ? 63 : 31);
  // Counts beyond 16 on words are undefined: the operand stays.
  if (count == 0 || count > kBits<T>) return a;
  T r;
  bool carry;
  const T in = count == kBits<T> ? b
               : kind == kShld   ? static_cast<T>(b >> (kBits<T> - count))
                                 : static_cast<T>(b << (kBits<T> - count));
  if constexpr (kind == kShld) {
    r = static_cast<T>((count == kBits<T> ? T{0} : static_cast<T>(a << count)) | in);
    carry = a >> (kBits<T> - count) & 1;
  } else {
    r = static_cast<T>((count == kBits<T> ? T{0} : static_cast<T>(a >> count)) | in);
    carry = a >> (count - 1) & 1;
  }
  cpu.flags = fast_result_flags<T>(r) | carry_overflow(carry, top_bit(r) != top_bit(a));
  return r;
}

template <unsigned kind, typename T, bool by_cl>
VIREO_HANDLER double_shift_reg(Cpu& cpu, const Op* op) {
  set_reg<T>(cpu, op->dst,
             double_shift<kind, T>(cpu, reg<T>(cpu, op->dst), reg<T>(cpu, op->src),
                                   shift_count<by_cl>(cpu, op)));
  VIREO_NEXT();
}
template <unsigned kind, typename T, bool by_cl, Form form>
VIREO_HANDLER double_shift_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  const bool ok = modify<T>(cpu, op, at.va, [&](T a) {
    return double_shift<kind, T>(cpu, a, reg<T>(cpu, op->src), shift_count<by_cl>(cpu, op));
  });
  if (VIREO_UNLIKELY(!ok)) VIREO_FAULT();
  VIREO_NEXT();
}

}  // namespace

bool emit_shift(const Insn& insn, Op& op) {
  const Opd count = insn.row->operands[1];
  const bool by_cl = count == Opd::kCl;
  op.imm = count == Opd::kOne ? 1 : static_cast<int64_t>(insn.imm & (insn.op_size == 8 ? 63 : 31));
  op.dst = operand_register(insn, insn.row->operands[0], insn.op_size);
  const bool memory = insn.memory();
  const unsigned kind = insn.row->arg;
  if (!memory && !by_cl && insn.flags_dead && !through_carry(kind) && insn.op_size >= 4) {
    op.fn = plain_shift_handler(kind, insn.op_size);
    return true;
  }
  const Form form = memory ? emit_memory(insn, op) : Form::kBase;
  op.fn = by_value<7>(kind, [&](auto k) {
    return by_size(insn.op_size, [&](auto type) {
      using T = decltype(type);
      return by_flag(by_cl, [&](auto cl) -> Handler {
        if (!memory) return &shift_reg<k(), T, cl()>;
        return by_form(form, [&](auto f) -> Handler { return &shift_mem<k(), T, cl(), f()>; });
      });
    });
  });
  return true;
}

bool emit_double_shift(const Insn& insn, Op& op) {
  const bool by_cl = insn.row->operands[2] == Opd::kCl;
  op.imm = static_cast<int64_t>(insn.imm);
  op.dst = operand_register(insn, Opd::kEv, insn.op_size);
  op.src = operand_register(insn, Opd::kGv, insn.op_size);
  const bool memory = insn.memory();
  const Form form = memory ? emit_memory(insn, op) : Form::kBase;
  op.fn = by_value<2>(insn.row->arg, [&](auto k) {
    return by_word_size(insn.op_size, [&](auto type) {
      using T = decltype(type);
      return by_flag(by_cl, [&](auto cl) -> Handler {
        if (!memory) return &double_shift_reg<k(), T, cl()>;
        return by_form(form,
                       [&](auto f) -> Handler { return &double_shift_mem<k(), T, cl(), f()>; });
      });
    });
  });
  return true;
}

}  // namespace vireo
