// Floating-point arithmetic and compares on vector registers, SSE to SSE4.1.
#include "cpu/exec/sse_float_table.h"

namespace vireo {
namespace {

constexpr VecSource kAll = VecSource::kAligned;

template <bool is_double>
struct DotProduct : VecSourceOperand<kAll> {
  static constexpr bool kFloat = true;
  static constexpr Tiny kTiny = is_double ? Tiny::kDoubles : Tiny::kSingles;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    const auto imm = static_cast<uint8_t>(op->imm);
    const auto stop = [&cpu] { return unmasked_arose(cpu); };
    const __m128i d = vec(cpu, op->dst);
    set_vec(cpu, op->dst, is_double ? dppd(d, s, imm, stop) : dpps(d, s, imm, stop));
  }
};

template <auto equal, auto less, auto not_more, auto unordered, auto not_equal, auto not_less,
          auto more, auto ordered, VecSource source>
VecHandlers compare_handlers(unsigned predicate) {
  switch (predicate & 7) {
    case 0: return vec_float<equal, source>();
    case 1: return vec_float<less, source>();
    case 2: return vec_float<not_more, source>();
    case 3: return vec_float<unordered, source>();
    case 4: return vec_float<not_equal, source>();
    case 5: return vec_float<not_less, source>();
    case 6: return vec_float<more, source>();
    default: return vec_float<ordered, source>();
  }
}

#define VIREO_COMPARES(width, source)                                                       \
  compare_handlers<host::cmpeq##width, host::cmplt##width, host::cmple##width,              \
                   host::cmpunord##width, host::cmpneq##width, host::cmpnlt##width,         \
                   host::cmpnle##width, host::cmpord##width, source>

struct MakeVec {
  template <auto f>
  static constexpr VecHandlers with() {
    return vec_op<f>();
  }
  template <auto f, VecSource source>
  static constexpr VecHandlers low() {
    return vec_op<f, source>();
  }
  template <auto f, Tiny tiny = Tiny::kNever>
  static constexpr VecHandlers packed() {
    return vec_float<f, kAll, tiny>();
  }
  template <auto f, VecSource source, Tiny tiny = Tiny::kNever>
  static constexpr VecHandlers scalar() {
    return vec_float<f, source, tiny>();
  }
  static constexpr VecHandlers none() { return {}; }
};

VecHandlers float_handlers(unsigned arg, unsigned imm) {
  switch (arg) {
    case kCmpps: return VIREO_COMPARES(ps, kAll)(imm);
    case kCmppd: return VIREO_COMPARES(pd, kAll)(imm);
    case kCmpss: return VIREO_COMPARES(ss, VecSource::k32)(imm);
    case kCmpsd: return VIREO_COMPARES(sd, VecSource::k64)(imm);
    case kDpps: return vec_handlers<DotProduct<false>>();
    case kDppd: return vec_handlers<DotProduct<true>>();
    default: return float_operation<MakeVec>(arg);
  }
}

#undef VIREO_COMPARES

}  // namespace

bool emit_sse_float(const Insn& insn, Op& op) {
  return emit_vec(insn, op, float_handlers(insn.row->arg, static_cast<unsigned>(insn.imm)));
}

}  // namespace vireo
