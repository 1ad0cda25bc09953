// BMI1 and BMI2: bit fields, lowest set bits, shifts and products that leave the
// flags alone (SDM 2A-2D, and SDM 1 5.1.16). Op::aux is the register in VEX.vvvv.
#include "cpu/exec/integer_ext.h"
#include "cpu/exec/integer_source.h"

namespace vireo {
namespace {

template <typename T>
inline T vvvv(const Cpu& cpu, const Op* op) {
  return reg<T>(cpu, op->aux);
}

// SF and ZF of the result, OF clear, CF as given.
template <typename T>
inline void set_flags(Cpu& cpu, T result, bool carry) {
  cpu.flags = static_cast<PackedFlags>(fast_result_flags<T>(result) | (carry ? kPackedCf : 0));
}

struct Andn {
  template <typename T>
  static void apply(Cpu& cpu, const Op* op, T s) {
    const T result = static_cast<T>(~vvvv<T>(cpu, op) & s);
    set_flags<T>(cpu, result, false);
    set_reg<T>(cpu, op->dst, result);
  }
};

// The lowest `count` bits.
template <typename T>
inline T low_bits(T value, unsigned count) {
  return count < 8 * sizeof(T) ? value & ((T{1} << count) - 1) : value;
}

struct Bextr {
  template <typename T>
  static void apply(Cpu& cpu, const Op* op, T s) {
    const T control = vvvv<T>(cpu, op);
    const unsigned start = control & 0xff, length = control >> 8 & 0xff;
    const T result = start < 8 * sizeof(T) ? low_bits<T>(s >> start, length) : T{0};
    cpu.flags = result == 0 ? kPackedZf : 0;
    set_reg<T>(cpu, op->dst, result);
  }
};

struct Bzhi {
  template <typename T>
  static void apply(Cpu& cpu, const Op* op, T s) {
    const unsigned index = vvvv<T>(cpu, op) & 0xff;
    const T result = low_bits<T>(s, index);
    set_flags<T>(cpu, result, index >= 8 * sizeof(T));
    set_reg<T>(cpu, op->dst, result);
  }
};

// BLSR, BLSMSK, BLSI write the register in VEX.vvvv.
struct Blsr {
  template <typename T>
  static void apply(Cpu& cpu, const Op* op, T s) {
    const T result = s & (s - 1);
    set_flags<T>(cpu, result, s == 0);
    set_reg<T>(cpu, op->aux, result);
  }
};
struct Blsmsk {
  template <typename T>
  static void apply(Cpu& cpu, const Op* op, T s) {
    const T result = s ^ (s - 1);
    set_flags<T>(cpu, result, s == 0);
    set_reg<T>(cpu, op->aux, result);
  }
};
struct Blsi {
  template <typename T>
  static void apply(Cpu& cpu, const Op* op, T s) {
    const T result = s & (T{0} - s);
    set_flags<T>(cpu, result, s != 0);
    set_reg<T>(cpu, op->aux, result);
  }
};

// The low half goes to vvvv first: where both name one register, the high stays.
struct Mulx {
  template <typename T>
  static void apply(Cpu& cpu, const Op* op, T s) {
    using Wide = std::conditional_t<sizeof(T) == 8, unsigned __int128, uint64_t>;
    const Wide product = static_cast<Wide>(reg<T>(cpu, kRdx * 8)) * s;
    set_reg<T>(cpu, op->aux, static_cast<T>(product));
    set_reg<T>(cpu, op->dst, static_cast<T>(product >> 8 * sizeof(T)));
  }
};

// Bit i of the packed form belongs to the i-th set bit of the mask.
struct Pdep {
  template <typename T>
  static void apply(Cpu& cpu, const Op* op, T mask) {
    T packed = vvvv<T>(cpu, op), result = 0;
    for (; mask != 0; mask &= mask - 1, packed >>= 1) {
      if (packed & 1) result |= mask & (T{0} - mask);
    }
    set_reg<T>(cpu, op->dst, result);
  }
};
struct Pext {
  template <typename T>
  static void apply(Cpu& cpu, const Op* op, T mask) {
    const T value = vvvv<T>(cpu, op);
    T result = 0;
    for (unsigned i = 0; mask != 0; mask &= mask - 1, ++i) {
      if (value & mask & (T{0} - mask)) result |= T{1} << i;
    }
    set_reg<T>(cpu, op->dst, result);
  }
};

struct Rorx {
  template <typename T>
  static void apply(Cpu& cpu, const Op* op, T s) {
    constexpr unsigned kBits = 8 * sizeof(T);
    const unsigned count = static_cast<unsigned>(op->imm) & (kBits - 1);
    set_reg<T>(cpu, op->dst, static_cast<T>(s >> count | s << ((kBits - count) & (kBits - 1))));
  }
};

template <unsigned kind>
struct ShiftBy {
  template <typename T>
  static void apply(Cpu& cpu, const Op* op, T s) {
    const unsigned count = vvvv<T>(cpu, op) & (8 * sizeof(T) - 1);
    const auto number = static_cast<std::make_signed_t<T>>(s);
    const T result = kind == kShlx   ? static_cast<T>(s << count)
                     : kind == kShrx ? static_cast<T>(s >> count)
                                     : static_cast<T>(number >> count);
    set_reg<T>(cpu, op->dst, result);
  }
};

}  // namespace

bool emit_bmi(const Insn& insn, Op& op) {
  op.aux = static_cast<uint8_t>(insn.vvvv * 8);
  switch (insn.row->arg) {
    case kAndn: return emit_wide_source<Andn>(insn, op);
    case kBextr: return emit_wide_source<Bextr>(insn, op);
    case kBzhi: return emit_wide_source<Bzhi>(insn, op);
    case kBlsr: return emit_wide_source<Blsr>(insn, op);
    case kBlsmsk: return emit_wide_source<Blsmsk>(insn, op);
    case kBlsi: return emit_wide_source<Blsi>(insn, op);
    case kMulx: return emit_wide_source<Mulx>(insn, op);
    case kPdep: return emit_wide_source<Pdep>(insn, op);
    case kPext: return emit_wide_source<Pext>(insn, op);
    case kRorx: return emit_wide_source<Rorx>(insn, op);
    case kShlx: return emit_wide_source<ShiftBy<kShlx>>(insn, op);
    case kShrx: return emit_wide_source<ShiftBy<kShrx>>(insn, op);
    case kSarx: return emit_wide_source<ShiftBy<kSarx>>(insn, op);
    default: return false;
  }
}

}  // namespace vireo
