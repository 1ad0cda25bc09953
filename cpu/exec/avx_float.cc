// AVX forms of floating-point arithmetic and compares.
#include "cpu/exec/avx_compare.h"
#include "cpu/exec/avx_handler.h"
#include "cpu/exec/sse_float_table.h"

namespace vireo {
namespace {

__m128i dot_singles(__m128i d, __m128i s, unsigned imm) {
  return dpps(d, s, imm, [] { return false; });
}
__m128i dot_doubles(__m128i d, __m128i s, unsigned imm) {
  return dppd(d, s, imm, [] { return false; });
}

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
    case kDpps: return MakeAvx::packed<dot_singles, Tiny::kSingles>();
    case kDppd: return MakeAvx::packed<dot_doubles, Tiny::kDoubles>();
    default: return float_operation<MakeAvx>(arg);
  }
}

#undef VIREO_COMPARES

}  // namespace

bool emit_avx_float(const Insn& insn, Op& op) {
  return emit_avx(insn, op, float_handlers(insn.row->arg, static_cast<unsigned>(insn.imm)));
}

}  // namespace vireo
