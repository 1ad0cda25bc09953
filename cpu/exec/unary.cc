// NOT, NEG, INC, DEC; MUL, IMUL, DIV, IDIV.
#include "cpu/exec/integer.h"
#include "cpu/exec/integer_operands.h"
#include "cpu/exec/register_ops.h"

namespace vireo {
namespace {

template <unsigned kind, bool flags, typename T>
inline T unary(Cpu& cpu, T a) {
  PackedFlags f = cpu.flags;
  T r;
  if constexpr (kind == kUnaryNot) return static_cast<T>(~a);
  else if constexpr (kind == kUnaryNeg) r = flags ? flag_sub<T>(0, a, f) : static_cast<T>(0 - a);
  else if constexpr (kind == kUnaryInc) r = flags ? flag_inc<T>(a, f) : static_cast<T>(a + 1);
  else r = flags ? flag_dec<T>(a, f) : static_cast<T>(a - 1);
  if constexpr (flags) cpu.flags = f;
  return r;
}

template <unsigned kind, bool flags, typename T>
VIREO_HANDLER unary_reg(Cpu& cpu, const Op* op) {
  set_reg<T>(cpu, op->dst, unary<kind, flags, T>(cpu, reg<T>(cpu, op->dst)));
  VIREO_NEXT();
}
template <unsigned kind, bool flags, typename T, Form form>
VIREO_HANDLER unary_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  const bool ok =
      modify<T>(cpu, op, at.va, [&](T a) { return unary<kind, flags, T>(cpu, a); });
  if (VIREO_UNLIKELY(!ok)) VIREO_FAULT();
  VIREO_NEXT();
}

template <typename T> struct Wider;
template <> struct Wider<uint8_t> { using Unsigned = uint16_t; using Signed = int16_t; };
template <> struct Wider<uint16_t> { using Unsigned = uint32_t; using Signed = int32_t; };
template <> struct Wider<uint32_t> { using Unsigned = uint64_t; using Signed = int64_t; };
template <> struct Wider<uint64_t> {
  using Unsigned = unsigned __int128;
  using Signed = __int128;
};

// The double-width accumulator: AX for bytes, otherwise rDX:rAX.
template <typename T>
typename Wider<T>::Unsigned read_wide(const Cpu& cpu) {
  using Wide = typename Wider<T>::Unsigned;
  if constexpr (sizeof(T) == 1) return reg<uint16_t>(cpu, 0);
  else return static_cast<Wide>(static_cast<Wide>(reg<T>(cpu, kRdx * 8)) << (8 * sizeof(T))) |
              reg<T>(cpu, 0);
}
template <typename T>
void write_wide(Cpu& cpu, T high, T low) {
  if constexpr (sizeof(T) == 1) {
    set_reg<uint16_t>(cpu, 0, static_cast<uint16_t>(high << 8 | low));
  } else {
    set_reg<T>(cpu, 0, low);
    set_reg<T>(cpu, kRdx * 8, high);
  }
}

template <unsigned kind, typename T>
Status multiply(Cpu& cpu, T b) {
  using Signed = std::make_signed_t<T>;
  using Wide = typename Wider<T>::Unsigned;
  using WideSigned = typename Wider<T>::Signed;
  const T a = reg<T>(cpu, 0);
  Wide product;
  if constexpr (kind == kMul) product = static_cast<Wide>(static_cast<Wide>(a) * b);
  else product = static_cast<Wide>(static_cast<WideSigned>(static_cast<Signed>(a)) *
                                   static_cast<WideSigned>(static_cast<Signed>(b)));
  const T low = static_cast<T>(product), high = static_cast<T>(product >> (8 * sizeof(T)));
  const T sign = kind == kImul && static_cast<Signed>(low) < 0 ? static_cast<T>(~T{0}) : T{0};
  write_wide<T>(cpu, high, low);
  cpu.flags = multiply_flags<T>(low, high != sign);
  return Status::kOk;
}

// Quotients that do not fit raise #DE (SDM 2A DIV, IDIV); flags, undefined, stay.
template <typename T>
Status divide_unsigned(Cpu& cpu, T divisor) {
  using Wide = typename Wider<T>::Unsigned;
  const Wide dividend = read_wide<T>(cpu);
  if (divisor == 0 || static_cast<T>(dividend >> (8 * sizeof(T))) >= divisor) {
    return cpu.raise(kVectorDe);
  }
  T quotient, remainder;
  if (dividend == static_cast<T>(dividend)) {
    quotient = static_cast<T>(static_cast<T>(dividend) / divisor);
    remainder = static_cast<T>(static_cast<T>(dividend) % divisor);
  } else {
    quotient = static_cast<T>(dividend / divisor);
    remainder = static_cast<T>(dividend % divisor);
  }
  write_wide<T>(cpu, remainder, quotient);
  return Status::kOk;
}

template <typename T>
Status divide_signed(Cpu& cpu, T raw_divisor) {
  using Signed = std::make_signed_t<T>;
  using Wide = typename Wider<T>::Unsigned;
  using WideSigned = typename Wider<T>::Signed;
  const WideSigned dividend = static_cast<WideSigned>(read_wide<T>(cpu));
  const WideSigned divisor = static_cast<Signed>(raw_divisor);
  if (divisor == 0) return cpu.raise(kVectorDe);
  // The one quotient that overflows the wide type itself.
  const WideSigned least = static_cast<WideSigned>(Wide{1} << (16 * sizeof(T) - 1));
  if (divisor == -1 && dividend == least) return cpu.raise(kVectorDe);
  const WideSigned quotient = static_cast<WideSigned>(dividend / divisor);
  if (quotient != static_cast<Signed>(quotient)) return cpu.raise(kVectorDe);
  const WideSigned remainder = static_cast<WideSigned>(dividend % divisor);
  write_wide<T>(cpu, static_cast<T>(remainder), static_cast<T>(quotient));
  return Status::kOk;
}

template <unsigned kind, typename T>
Status muldiv(Cpu& cpu, T operand) {
  if constexpr (kind == kMul || kind == kImul) return multiply<kind, T>(cpu, operand);
  else if constexpr (kind == kDiv) return divide_unsigned<T>(cpu, operand);
  else return divide_signed<T>(cpu, operand);
}

template <unsigned kind, typename T>
VIREO_HANDLER muldiv_reg(Cpu& cpu, const Op* op) {
  if (VIREO_UNLIKELY((muldiv<kind, T>(cpu, reg<T>(cpu, op->dst))) != Status::kOk)) VIREO_FAULT();
  VIREO_NEXT();
}
template <unsigned kind, typename T, Form form>
VIREO_HANDLER muldiv_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  const Loaded<T> v = load<T>(cpu, op, at.va);
  if (VIREO_UNLIKELY(!v.ok)) VIREO_FAULT();
  if (VIREO_UNLIKELY((muldiv<kind, T>(cpu, v.value)) != Status::kOk)) VIREO_FAULT();
  VIREO_NEXT();
}

template <bool flags, typename T>
VIREO_HANDLER imul_reg_imm(Cpu& cpu, const Op* op) {
  const T b = static_cast<T>(op->imm);
  set_reg<T>(cpu, op->dst, multiply_low<flags, T>(cpu, reg<T>(cpu, op->src), b));
  VIREO_NEXT();
}
template <bool flags, typename T, bool immediate, Form form>
VIREO_HANDLER imul_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  const Loaded<T> v = load<T>(cpu, op, at.va);
  if (VIREO_UNLIKELY(!v.ok)) VIREO_FAULT();
  const T b = immediate ? static_cast<T>(op->imm) : reg<T>(cpu, op->dst);
  set_reg<T>(cpu, op->dst, multiply_low<flags, T>(cpu, v.value, b));
  VIREO_NEXT();
}

}  // namespace

bool emit_unary(const Insn& insn, Op& op) {
  const bool memory = insn.memory();
  const Form form = memory ? emit_memory(insn, op) : Form::kBase;
  op.dst = operand_register(insn, insn.row->operands[0], insn.op_size);
  op.fn = by_value<4>(insn.row->arg, [&](auto kind) {
    return by_size(insn.op_size, [&](auto type) {
      using T = decltype(type);
      return by_flag(!insn.flags_dead, [&](auto flags) -> Handler {
        if (!memory) return &unary_reg<kind(), flags(), T>;
        return by_form(
            form, [&](auto f) -> Handler { return &unary_mem<kind(), flags(), T, f()>; });
      });
    });
  });
  return true;
}

bool emit_muldiv(const Insn& insn, Op& op) {
  const bool memory = insn.memory();
  const Form form = memory ? emit_memory(insn, op) : Form::kBase;
  op.dst = operand_register(insn, Opd::kEv, insn.op_size);
  op.fn = by_value<4>(insn.row->arg, [&](auto kind) {
    return by_size(insn.op_size, [&](auto type) -> Handler {
      using T = decltype(type);
      if (!memory) return &muldiv_reg<kind(), T>;
      return by_form(form, [&](auto f) -> Handler { return &muldiv_mem<kind(), T, f()>; });
    });
  });
  return true;
}

bool emit_imul(const Insn& insn, Op& op) {
  const bool memory = insn.memory();
  const Form form = memory ? emit_memory(insn, op) : Form::kBase;
  const bool immediate = insn.row->operands[2] != Opd::kNone;
  op.imm = static_cast<int64_t>(insn.imm);
  op.dst = operand_register(insn, Opd::kGv, insn.op_size);
  op.src = operand_register(insn, Opd::kEv, insn.op_size);
  op.fn = by_word_size(insn.op_size, [&](auto type) {
    using T = decltype(type);
    return by_flag(immediate, [&](auto imm) {
      return by_flag(!insn.flags_dead, [&](auto flags) -> Handler {
        if (!memory && !imm()) return &register_op<ImulReg<flags(), T>>;
        if (!memory) return &imul_reg_imm<flags(), T>;
        return by_form(form,
                       [&](auto f) -> Handler { return &imul_mem<flags(), T, imm(), f()>; });
      });
    });
  });
  return true;
}

}  // namespace vireo
