// SSSE3, SSE4.1 and SSE4.2 on integers and bits.
#include "cpu/exec/sse_extended_ops.h"
#include "cpu/exec/sse_handler.h"
#include "cpu/exec/sse_ssse3_ops.h"

namespace vireo {
namespace {

VecHandlers pshufb_handlers() {
  static const bool offered = __builtin_cpu_supports("ssse3");
  return offered ? vec_op<host_pshufb>() : vec_op<pshufb<16>>();
}

// Lanes of the source where the top bit of XMM0's lane is set.
template <typename T>
struct BlendByXmm0 : VecSourceOperand<VecSource::kAligned> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    set_vec(cpu, op->dst, select_by_sign<T>(vec(cpu, op->dst), s, vec(cpu, 0)));
  }
};

constexpr VecSource source_of_bytes(unsigned bytes) {
  return bytes == 8 ? VecSource::k64 : bytes == 4 ? VecSource::k32 : VecSource::k16;
}

struct MakeVec {
  template <auto f>
  static constexpr VecHandlers with() {
    return vec_op<f>();
  }
  template <typename To, typename From>
  static constexpr VecHandlers extension() {
    return vec_op<extend<To, From>, source_of_bytes(16 / sizeof(To) * sizeof(From))>();
  }
  static constexpr VecHandlers none() { return {}; }
};

// The first that knows `arg`.
VecHandlers from_tables(unsigned arg) {
  for (const VecHandlers& found : {sse4_operation<MakeVec>(arg), extension_operation<MakeVec>(arg),
                                   ssse3_operation<MakeVec, 16>(arg)}) {
    if (found.from_register != nullptr) return found;
  }
  return {};
}

VecHandlers insertps_handlers() {
  VecHandlers handlers = vec_op<insertps_memory, VecSource::k32>();
  handlers.from_register = vec_op<insertps>().from_register;
  return handlers;
}

VecHandlers extended_handlers(unsigned arg) {
  switch (arg) {
    case kBlendps: return vec_op<blend<uint32_t>>();
    case kBlendpd: return vec_op<blend<uint64_t>>();
    case kPblendvb: return vec_handlers<BlendByXmm0<uint8_t>>();
    case kBlendvps: return vec_handlers<BlendByXmm0<uint32_t>>();
    case kBlendvpd: return vec_handlers<BlendByXmm0<uint64_t>>();
    case kMpsadbw: return vec_op<mpsadbw>();
    case kInsertps: return insertps_handlers();
    case kPshufb: return pshufb_handlers();
    default: return from_tables(arg);
  }
}

}  // namespace

bool emit_sse_extended(const Insn& insn, Op& op) {
  return emit_vec(insn, op, extended_handlers(insn.row->arg));
}

}  // namespace vireo
