// AVX forms of floating-point arithmetic and compares.
#include "cpu/exec/avx_compare.h"
#include "cpu/exec/avx_handler.h"
#include "cpu/exec/sse_float_table.h"

namespace vireo {
namespace {

template <bool is_double>
struct XmmDot : XmmSource<> {
  static constexpr bool kFloat = true;
  static constexpr Tiny kTiny = widened(is_double ? Tiny::kDoubles : Tiny::kSingles);
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    const auto stop = [&cpu] { return unmasked_arose(cpu); };
    const __m128i d = vec(cpu, op->aux);
    set_xmm(cpu, op->dst, is_double ? dppd(d, s, imm8(op), stop) : dpps(d, s, imm8(op), stop));
  }
};

// Both halves take each step together. VDPPD has no such form.
struct YmmDot : YmmSource<> {
  static constexpr bool kFloat = true;
  static constexpr Tiny kTiny = Tiny::kAllSingles;
  static void apply(Cpu& cpu, const Op* op, Vec256 s) {
    const Vec256 d = ymm(cpu, op->aux);
    const __m128i chosen = single_mask(imm8(op) >> 4), into = single_mask(imm8(op));
    const __m128i low = masked<host::mulps>(d.lo, s.lo, chosen);
    const __m128i high = masked<host::mulps>(d.hi, s.hi, chosen);
    if (unmasked_arose(cpu)) return;
    const __m128i low_pairs = host::addps(even_singles(low, low), odd_singles(low, low));
    const __m128i high_pairs = host::addps(even_singles(high, high), odd_singles(high, high));
    if (unmasked_arose(cpu)) return;
    const __m128i low_sum = host::addss(low_pairs, _mm_shuffle_epi32(low_pairs, 0x55));
    const __m128i high_sum = host::addss(high_pairs, _mm_shuffle_epi32(high_pairs, 0x55));
    set_ymm(cpu, op->dst, {_mm_and_si128(_mm_shuffle_epi32(low_sum, 0), into),
                           _mm_and_si128(_mm_shuffle_epi32(high_sum, 0), into)});
  }
};

template <auto equal, auto less, auto not_more, auto unordered, auto not_equal, auto not_less,
          auto more, auto ordered, auto general>
AvxHandlers packed_compare(unsigned predicate) {
  switch (predicate & 31) {
    case 0: return MakeAvx::packed<equal>();
    case 1: return MakeAvx::packed<less>();
    case 2: return MakeAvx::packed<not_more>();
    case 3: return MakeAvx::packed<unordered>();
    case 4: return MakeAvx::packed<not_equal>();
    case 5: return MakeAvx::packed<not_less>();
    case 6: return MakeAvx::packed<more>();
    case 7: return MakeAvx::packed<ordered>();
    default: return MakeAvx::packed<general>();
  }
}

#define VIREO_COMPARES(width, general)                                                      \
  packed_compare<host::cmpeq##width, host::cmplt##width, host::cmple##width,                \
                 host::cmpunord##width, host::cmpneq##width, host::cmpnlt##width,           \
                 host::cmpnle##width, host::cmpord##width, general>

AvxHandlers float_handlers(unsigned arg, unsigned imm) {
  switch (arg) {
    case kCmpps: return VIREO_COMPARES(ps, compare_singles)(imm);
    case kCmppd: return VIREO_COMPARES(pd, compare_doubles)(imm);
    case kCmpss: return MakeAvx::scalar<compare_single, VecSource::k32>();
    case kCmpsd: return MakeAvx::scalar<compare_double, VecSource::k64>();
    case kDpps: return avx_handlers<XmmDot<false>, YmmDot>();
    case kDppd: return {vec_handlers<XmmDot<true>>(), {}};
    default: return float_operation<MakeAvx>(arg);
  }
}

#undef VIREO_COMPARES

}  // namespace

bool emit_avx_float(const Insn& insn, Op& op) {
  return emit_avx(insn, op, float_handlers(insn.row->arg, static_cast<unsigned>(insn.imm)));
}

}  // namespace vireo
