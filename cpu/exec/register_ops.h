// Integer instructions on registers alone, as functions: no memory, no fault. The handlers of
// single instructions and those of pairs (cpu/exec/pair.h) are made of them.
#pragma once

#include <bit>
#include <type_traits>

#include "cpu/exec/access.h"
#include "cpu/exec/alu_semantics.h"

namespace vireo {

// Each has run(cpu, dst, src, imm): byte offsets into regs, and the immediate.

template <typename T>
struct MovReg {
  static void run(Cpu& cpu, unsigned dst, unsigned src, int64_t) {
    set_reg<T>(cpu, dst, reg<T>(cpu, src));
  }
};

template <typename T>
struct MovImm {
  static void run(Cpu& cpu, unsigned dst, unsigned, int64_t imm) {
    set_reg<T>(cpu, dst, static_cast<T>(imm));
  }
};

// From: the source's type, signed for MOVSX.
template <typename T, typename From>
struct Extend {
  static void run(Cpu& cpu, unsigned dst, unsigned src, int64_t) {
    set_reg<T>(cpu, dst, static_cast<T>(reg<From>(cpu, src)));
  }
};

// LEA of one register and a displacement.
template <typename T>
struct LeaBase {
  static void run(Cpu& cpu, unsigned dst, unsigned src, int64_t imm) {
    set_reg<T>(cpu, dst, static_cast<T>(reg<uint64_t>(cpu, src) + static_cast<uint64_t>(imm)));
  }
};

template <unsigned kind, bool flags, typename T>
inline T alu_on(Cpu& cpu, T a, T b) {
  PackedFlags f = cpu.flags;
  const T r = alu<kind, flags, T>(a, b, f);
  if constexpr (flags) cpu.flags = f;
  return r;
}

template <unsigned kind, bool flags, typename T>
struct AluReg {
  static void run(Cpu& cpu, unsigned dst, unsigned src, int64_t) {
    const T r = alu_on<kind, flags, T>(cpu, reg<T>(cpu, dst), reg<T>(cpu, src));
    if constexpr (kWritesResult<kind>) set_reg<T>(cpu, dst, r);
  }
};

template <unsigned kind, bool flags, typename T>
struct AluImm {
  static void run(Cpu& cpu, unsigned dst, unsigned, int64_t imm) {
    const T r = alu_on<kind, flags, T>(cpu, reg<T>(cpu, dst), static_cast<T>(imm));
    if constexpr (kWritesResult<kind>) set_reg<T>(cpu, dst, r);
  }
};

// SHL, SHR, SAR, ROL, ROR by a constant below the width, whose flags nobody reads: the common
// case.
template <unsigned kind, typename T>
struct PlainShift {
  static void run(Cpu& cpu, unsigned dst, unsigned, int64_t imm) {
    using Signed = std::make_signed_t<T>;
    const int count = static_cast<int>(imm);
    const T a = reg<T>(cpu, dst);
    if constexpr (kind == kShiftShl)
      set_reg<T>(cpu, dst, static_cast<T>(a << count));
    else if constexpr (kind == kShiftShr)
      set_reg<T>(cpu, dst, static_cast<T>(a >> count));
    else if constexpr (kind == kShiftRol)
      set_reg<T>(cpu, dst, std::rotl(a, count));
    else if constexpr (kind == kShiftRor)
      set_reg<T>(cpu, dst, std::rotr(a, count));
    else
      set_reg<T>(cpu, dst, static_cast<T>(static_cast<Signed>(a) >> count));
  }
};

// CF and OF tell whether the upper half of a product is significant; the others, undefined,
// follow the lower half.
template <typename T>
inline PackedFlags multiply_flags(T low, bool significant) {
  PackedFlags f = fast_result_flags<T>(low);
  if (significant) f |= kPackedCf | kPackedOf;
  return f;
}

// IMUL with two or three operands: the truncated product.
template <bool flags, typename T>
inline T multiply_low(Cpu& cpu, T a, T b) {
  using Signed = std::make_signed_t<T>;
  if constexpr (!flags) return static_cast<T>(uint64_t{a} * b);
  Signed product;
  const bool overflow =
      __builtin_mul_overflow(static_cast<Signed>(a), static_cast<Signed>(b), &product);
  cpu.flags = multiply_flags<T>(static_cast<T>(product), overflow);
  return static_cast<T>(product);
}

template <bool flags, typename T>
struct ImulReg {
  static void run(Cpu& cpu, unsigned dst, unsigned src, int64_t) {
    set_reg<T>(cpu, dst, multiply_low<flags, T>(cpu, reg<T>(cpu, src), reg<T>(cpu, dst)));
  }
};

// The handler of one of them alone.
template <typename Body>
VIREO_HANDLER register_op(Cpu& cpu, const Op* op) {
  Body::run(cpu, op->dst, op->src, op->imm);
  VIREO_NEXT();
}

}  // namespace vireo
