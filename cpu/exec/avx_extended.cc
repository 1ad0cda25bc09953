// AVX and AVX2 forms of SSSE3 and SSE4 on integers and bits, with the blends.
#include "cpu/exec/avx_handler.h"
#include "cpu/exec/sse_extended_ops.h"
#include "cpu/exec/sse_ssse3_ops.h"

namespace vireo {
namespace {

constexpr VecSource source_of_bytes(unsigned bytes) {
  switch (bytes) {
    case 16: return VecSource::kUnaligned;
    case 8: return VecSource::k64;
    case 4: return VecSource::k32;
    default: return VecSource::k16;
  }
}

// The low elements of a vector, extended over both halves of a YMM register.
template <typename To, typename From>
struct YmmExtension : XmmSource<source_of_bytes(32 / sizeof(To) * sizeof(From))> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    constexpr int kHalf = 16 / sizeof(To) * sizeof(From);
    set_ymm(cpu, op->dst, {extend<To, From>(s), extend<To, From>(_mm_srli_si128(s, kHalf))});
  }
};

struct MakeExtension {
  template <typename To, typename From>
  static constexpr AvxHandlers extension() {
    constexpr VecSource kSource = source_of_bytes(16 / sizeof(To) * sizeof(From));
    return avx_handlers<XmmOp<extend<To, From>, kSource>, YmmExtension<To, From>>();
  }
  static constexpr AvxHandlers none() { return {}; }
};

// Blends by the signs of a register that the immediate names.
template <typename T>
struct XmmBlend : XmmSource<> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    set_xmm(cpu, op->dst, select_by_sign<T>(vec(cpu, op->aux), s, vec(cpu, imm8(op))));
  }
};
template <typename T>
struct YmmBlend : YmmSource<> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, Vec256 s) {
    const Vec256 d = ymm(cpu, op->aux), mask = ymm(cpu, imm8(op));
    set_ymm(cpu, op->dst, {select_by_sign<T>(d.lo, s.lo, mask.lo),
                           select_by_sign<T>(d.hi, s.hi, mask.hi)});
  }
};
template <typename T>
constexpr AvxHandlers blend_handlers() {
  return avx_handlers<XmmBlend<T>, YmmBlend<T>>();
}

AvxHandlers pshufb_handlers() {
  static const bool offered = __builtin_cpu_supports("ssse3");
  return offered ? avx_op<host_pshufb>() : avx_op<pshufb<16>>();
}

AvxHandlers insertps_handlers() {
  AvxHandlers handlers = avx_scalar<XmmOp<insertps_memory, VecSource::k32>>();
  handlers.of_xmm.from_register = vec_from_register<XmmOp<insertps>>;
  return handlers;
}

AvxHandlers extended_handlers(unsigned arg) {
  switch (arg) {
    case kPshufb: return pshufb_handlers();
    case kBlendps: return avx_op<blend<uint32_t>, 4>();
    case kBlendpd: return avx_op<blend<uint64_t>, 2>();
    case kMpsadbw: return avx_op<mpsadbw, 3>();
    case kInsertps: return insertps_handlers();
    default: break;
  }
  if (const AvxHandlers found = sse4_operation<MakeAvx>(arg)) return found;
  if (const AvxHandlers found = extension_operation<MakeExtension>(arg)) return found;
  return ssse3_operation<MakeAvx, 16>(arg);
}

}  // namespace

bool emit_avx_extended(const Insn& insn, Op& op) {
  return emit_avx(insn, op, extended_handlers(insn.row->arg));
}

bool emit_avx_blend(const Insn& insn, Op& op) {
  Insn named = insn;
  named.imm = insn.imm_register();
  switch (insn.row->arg) {
    case kBlendvps: return emit_avx(named, op, blend_handlers<uint32_t>());
    case kBlendvpd: return emit_avx(named, op, blend_handlers<uint64_t>());
    case kPblendvb: return emit_avx(named, op, blend_handlers<uint8_t>());
    default: return false;
  }
}

}  // namespace vireo
