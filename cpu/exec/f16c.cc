// F16C: VCVTPH2PS and VCVTPS2PH.
#include "cpu/exec/avx_handler.h"
#include "cpu/exec/fma.h"
#include "cpu/exec/half_float.h"
#include "cpu/exec/sse_lanes.h"

namespace vireo {
namespace {

void raise_flags(uint32_t flags) {
  if (flags != 0) set_host_mxcsr(host_mxcsr() | flags);
}

// Four halves from the low part of `s`, beginning with `first`.
__m128i singles(__m128i s, unsigned first, uint32_t& flags) {
  const auto halves = to_lanes<uint16_t>(s);
  Lanes<uint32_t> out;
  for (unsigned i = 0; i < 4; ++i) out[i] = single_of_half(halves[first + i], flags);
  return from_lanes<uint32_t>(out);
}

struct XmmFromHalf : XmmSource<VecSource::k64> {
  static constexpr bool kFloat = true;
  static constexpr Tiny kTiny = Tiny::kNever;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    uint32_t flags = 0;
    set_xmm(cpu, op->dst, singles(s, 0, flags));
    raise_flags(flags);
  }
};
struct YmmFromHalf : XmmSource<> {
  static constexpr bool kFloat = true;
  static constexpr Tiny kTiny = Tiny::kNever;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    uint32_t flags = 0;
    const __m128i low = singles(s, 0, flags), high = singles(s, 4, flags);
    set_ymm(cpu, op->dst, {low, high});
    raise_flags(flags);
  }
};

struct Halves {
  Lanes<uint16_t> values{};
  uint32_t flags = 0;
};

// Bit 2 of the immediate: round as MXCSR says, otherwise as bits 0-1 say.
Halves to_halves(const Cpu& cpu, const Op* op, unsigned count) {
  const unsigned rounding = op->imm & 4 ? cpu.mxcsr >> kMxcsrRoundShift & 3 : op->imm & 3;
  const bool underflow_masked = cpu.mxcsr & kMxcsrUe << kMxcsrMaskShift;
  Halves out;
  for (unsigned i = 0; i < count; ++i) {
    const HalfResult half =
        half_of_single(cpu.vec[op->src].u32[i], rounding, cpu.mxcsr & kMxcsrDaz);
    out.values[i] = half.value;
    out.flags |= half.flags;
    if (half.tiny && !underflow_masked) out.flags |= kMxcsrUe;
  }
  return out;
}

template <unsigned count>
struct ToHalf : XmmSource<> {
  static constexpr bool kFloat = true;
  static constexpr Tiny kTiny = Tiny::kNever;
  static void apply(Cpu& cpu, const Op* op, __m128i) {
    const Halves halves = to_halves(cpu, op, count);
    set_xmm(cpu, op->dst, from_lanes<uint16_t>(halves.values));
    raise_flags(halves.flags);
  }
};

// A store: nothing is written, and no flag set, when it faults.
template <unsigned count>
Status store_halves(Cpu& cpu, const Op* op) {
  if (!gate_open<AvxGate>(cpu)) return Status::kFault;
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok || !probe_write(cpu, op, at.va, 2 * count)) return Status::kFault;
  const Halves halves = to_halves(cpu, op, count);
  const uint32_t unmasked = ~cpu.mxcsr >> kMxcsrMaskShift & kMxcsrFlags;
  uint32_t raised = halves.flags;
  if (raised & unmasked & (kMxcsrIe | kMxcsrDe)) raised &= kMxcsrIe | kMxcsrDe;
  if (raised & unmasked) {
    raise_flags(raised);
    return cpu.raise(cpu.cr4 & kCr4Osxmmexcpt ? kVectorXm : kVectorUd);
  }
  using Packed = std::array<uint16_t, count>;
  Packed packed;
  for (unsigned i = 0; i < count; ++i) packed[i] = halves.values[i];
  if (!store(cpu, op, at.va, packed)) return Status::kFault;
  raise_flags(raised);
  return Status::kOk;
}

}  // namespace

bool emit_from_half(const Insn& insn, Op& op) {
  return emit_avx(insn, op, {vec_handlers<XmmFromHalf>(), vec_handlers<YmmFromHalf>()});
}

bool emit_to_half(const Insn& insn, Op& op) {
  op.imm = static_cast<int64_t>(insn.imm);
  op.src = insn.reg;
  if (insn.memory()) {
    emit_memory(insn, op);
    op.fn = insn.vex256 ? simple_handler<store_halves<8>> : simple_handler<store_halves<4>>;
  } else {
    op.dst = insn.rm;
    op.fn = insn.vex256 ? vec_from_register<ToHalf<8>> : vec_from_register<ToHalf<4>>;
  }
  return true;
}

}  // namespace vireo
