// MOVBE, ADCX and ADOX, LZCNT and TZCNT (SDM 2A-2B).
#include "cpu/exec/integer_ext.h"

#include <bit>

#include "cpu/exec/integer_source.h"

namespace vireo {
namespace {

template <typename T>
T byte_swapped(T value) {
  T out = 0;
  for (unsigned i = 0; i < sizeof(T); ++i) {
    out = static_cast<T>(out << 8 | static_cast<uint8_t>(value >> 8 * i));
  }
  return out;
}

struct LoadSwapped {
  template <typename T>
  static void apply(Cpu& cpu, const Op* op, T value) {
    set_reg<T>(cpu, op->dst, byte_swapped(value));
  }
};

template <typename T, Form form>
VIREO_HANDLER store_swapped(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  if (VIREO_UNLIKELY(!store<T>(cpu, op, at.va, byte_swapped(reg<T>(cpu, op->src))))) VIREO_FAULT();
  VIREO_NEXT();
}

// An addition whose carry goes in and out through one flag, the others untouched.
template <PackedFlags carry>
struct AddThrough {
  template <typename T>
  static void apply(Cpu& cpu, const Op* op, T value) {
    const T a = reg<T>(cpu, op->dst);
    const T partial = static_cast<T>(a + value);
    const T sum = static_cast<T>(partial + ((cpu.flags & carry) != 0));
    const bool out = partial < a || sum < partial;
    set_reg<T>(cpu, op->dst, sum);
    cpu.flags = static_cast<PackedFlags>((cpu.flags & ~carry) | (out ? carry : 0));
  }
};

template <unsigned kind>
struct CountZeros {
  template <typename T>
  static void apply(Cpu& cpu, const Op* op, T value) {
    const int count = kind == kLzcnt ? std::countl_zero(value) : std::countr_zero(value);
    set_reg<T>(cpu, op->dst, static_cast<T>(count));
    cpu.flags = static_cast<PackedFlags>((value == 0 ? kPackedCf : 0) |
                                         (count == 0 ? kPackedZf : 0));
  }
};

template <class S>
bool emit_sized(const Insn& insn, Op& op) {
  op.dst = static_cast<uint8_t>(insn.reg * 8);
  op.src = static_cast<uint8_t>(insn.rm * 8);
  op.fn = by_word_size(insn.op_size, [&](auto type) {
    return source_handler<S, decltype(type)>(insn, op);
  });
  return true;
}

}  // namespace

bool emit_movbe(const Insn& insn, Op& op) {
  if (insn.rep) return false;  // F3 is no form of it; F2 is CRC32
  if (insn.row->arg == kMovbeLoad) return emit_sized<LoadSwapped>(insn, op);
  op.src = static_cast<uint8_t>(insn.reg * 8);
  const Form form = emit_memory(insn, op);
  op.fn = by_word_size(insn.op_size, [&](auto type) {
    return by_form(form, [](auto f) -> Handler { return &store_swapped<decltype(type), f()>; });
  });
  return true;
}

bool emit_adx(const Insn& insn, Op& op) {
  if (insn.row->arg == kAdcx) return emit_wide_source<AddThrough<kPackedCf>>(insn, op);
  return emit_wide_source<AddThrough<kPackedOf>>(insn, op);
}

bool emit_count_zeros(const Insn& insn, Op& op) {
  if (insn.row->arg == kLzcnt) return emit_sized<CountZeros<kLzcnt>>(insn, op);
  return emit_sized<CountZeros<kTzcnt>>(insn, op);
}

}  // namespace vireo
