// Floating-point arithmetic and compares on vector registers, SSE to SSE4.1.
#include "cpu/exec/sse.h"
#include "cpu/exec/sse_float_ops.h"
#include "cpu/exec/sse_handler.h"
#include "cpu/exec/sse_soft.h"

namespace vireo {
namespace {

constexpr VecSource kAll = VecSource::kAligned;

// --- SSE3 and SSE4.1 on SSE2 hosts, exact in operand order and flags ---

__m128i even_singles(__m128i d, __m128i s) {
  return _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(d), _mm_castsi128_ps(s), 0x88));
}
__m128i odd_singles(__m128i d, __m128i s) {
  return _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(d), _mm_castsi128_ps(s), 0xdd));
}
__m128i haddps(__m128i d, __m128i s) {
  return host::addps(even_singles(d, s), odd_singles(d, s));
}
__m128i hsubps(__m128i d, __m128i s) {
  return host::subps(even_singles(d, s), odd_singles(d, s));
}
__m128i haddpd(__m128i d, __m128i s) {
  return host::addpd(_mm_unpacklo_epi64(d, s), _mm_unpackhi_epi64(d, s));
}
__m128i hsubpd(__m128i d, __m128i s) {
  return host::subpd(_mm_unpacklo_epi64(d, s), _mm_unpackhi_epi64(d, s));
}

// Lanes outside the mask compute 0 with 0, which raises nothing.
template <auto f>
__m128i masked(__m128i d, __m128i s, __m128i mask) {
  return _mm_and_si128(f(_mm_and_si128(d, mask), _mm_and_si128(s, mask)), mask);
}
__m128i addsubps(__m128i d, __m128i s) {
  const __m128i even = _mm_set_epi32(0, -1, 0, -1), odd = _mm_set_epi32(-1, 0, -1, 0);
  return _mm_or_si128(masked<host::subps>(d, s, even), masked<host::addps>(d, s, odd));
}
__m128i addsubpd(__m128i d, __m128i s) {
  const __m128i even = _mm_set_epi64x(0, -1), odd = _mm_set_epi64x(-1, 0);
  return _mm_or_si128(masked<host::subpd>(d, s, even), masked<host::addpd>(d, s, odd));
}

// All ones in lanes whose bit is set.
__m128i single_mask(unsigned bits) {
  const auto lane = [bits](unsigned i) { return bits >> i & 1 ? -1 : 0; };
  return _mm_set_epi32(lane(3), lane(2), lane(1), lane(0));
}
__m128i double_mask(unsigned bits) {
  return _mm_set_epi64x(bits & 2 ? -1 : 0, bits & 1 ? -1 : 0);
}

// Products of selected lanes, summed pair by pair, broadcast to selected lanes.
// An unmasked exception of the products keeps the sums from being computed, and
// with them their flags from arising: `stop` asks for it in between.
template <typename Stop>
__m128i dpps(__m128i d, __m128i s, unsigned imm, Stop stop) {
  const __m128i products = masked<host::mulps>(d, s, single_mask(imm >> 4));
  if (stop()) return d;
  const __m128i pairs = host::addps(even_singles(products, products),
                                    odd_singles(products, products));
  if (stop()) return d;
  const __m128i sum = host::addss(pairs, _mm_shuffle_epi32(pairs, 0x55));
  return _mm_and_si128(_mm_shuffle_epi32(sum, 0), single_mask(imm));
}
template <typename Stop>
__m128i dppd(__m128i d, __m128i s, unsigned imm, Stop stop) {
  const __m128i products = masked<host::mulpd>(d, s, double_mask(imm >> 4));
  if (stop()) return d;
  const __m128i sum = host::addsd(products, _mm_unpackhi_epi64(products, products));
  return _mm_and_si128(_mm_unpacklo_epi64(sum, sum), double_mask(imm));
}

template <bool is_double>
struct DotProduct : VecSourceOperand<kAll> {
  static constexpr bool kFloat = true;
  static constexpr Tiny kTiny = is_double ? Tiny::kDoubles : Tiny::kSingles;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    const auto imm = static_cast<uint8_t>(op->imm);
    const auto stop = [&cpu] {
      return !all_masked(cpu) && (host_mxcsr() & ~(cpu.mxcsr >> kMxcsrMaskShift) & kMxcsrFlags);
    };
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

VecHandlers arithmetic_handlers(unsigned arg) {
  constexpr VecSource k32 = VecSource::k32, k64 = VecSource::k64;
  switch (arg) {
    case kAddps: return vec_float<host::addps, kAll, Tiny::kSingles>();
    case kAddpd: return vec_float<host::addpd, kAll, Tiny::kDoubles>();
    case kAddss: return vec_float<host::addss, k32, Tiny::kSingle>();
    case kAddsd: return vec_float<host::addsd, k64, Tiny::kDouble>();
    case kSubps: return vec_float<host::subps, kAll, Tiny::kSingles>();
    case kSubpd: return vec_float<host::subpd, kAll, Tiny::kDoubles>();
    case kSubss: return vec_float<host::subss, k32, Tiny::kSingle>();
    case kSubsd: return vec_float<host::subsd, k64, Tiny::kDouble>();
    case kMulps: return vec_float<host::mulps, kAll, Tiny::kSingles>();
    case kMulpd: return vec_float<host::mulpd, kAll, Tiny::kDoubles>();
    case kMulss: return vec_float<host::mulss, k32, Tiny::kSingle>();
    case kMulsd: return vec_float<host::mulsd, k64, Tiny::kDouble>();
    case kDivps: return vec_float<host::divps, kAll, Tiny::kSingles>();
    case kDivpd: return vec_float<host::divpd, kAll, Tiny::kDoubles>();
    case kDivss: return vec_float<host::divss, k32, Tiny::kSingle>();
    case kDivsd: return vec_float<host::divsd, k64, Tiny::kDouble>();
    default: return {};
  }
}

VecHandlers selecting_handlers(unsigned arg) {
  constexpr VecSource k32 = VecSource::k32, k64 = VecSource::k64;
  switch (arg) {
    case kMinps: return vec_float<host::minps, kAll>();
    case kMinpd: return vec_float<host::minpd, kAll>();
    case kMinss: return vec_float<host::minss, k32>();
    case kMinsd: return vec_float<host::minsd, k64>();
    case kMaxps: return vec_float<host::maxps, kAll>();
    case kMaxpd: return vec_float<host::maxpd, kAll>();
    case kMaxss: return vec_float<host::maxss, k32>();
    case kMaxsd: return vec_float<host::maxsd, k64>();
    case kSqrtps: return vec_float<host::sqrtps, kAll>();
    case kSqrtpd: return vec_float<host::sqrtpd, kAll>();
    case kSqrtss: return vec_float<host::sqrtss, k32>();
    case kSqrtsd: return vec_float<host::sqrtsd, k64>();
    case kRoundps: return vec_float<roundps, kAll>();
    case kRoundpd: return vec_float<roundpd, kAll>();
    case kRoundss: return vec_float<roundss, k32>();
    case kRoundsd: return vec_float<roundsd, k64>();
    case kRcpps: return vec_op<rcpps>();
    case kRcpss: return vec_op<rcpss, k32>();
    case kRsqrtps: return vec_op<rsqrtps>();
    case kRsqrtss: return vec_op<rsqrtss, k32>();
    default: return arithmetic_handlers(arg);
  }
}

VecHandlers float_handlers(unsigned arg, unsigned imm) {
  switch (arg) {
    case kCmpps: return VIREO_COMPARES(ps, kAll)(imm);
    case kCmppd: return VIREO_COMPARES(pd, kAll)(imm);
    case kCmpss: return VIREO_COMPARES(ss, VecSource::k32)(imm);
    case kCmpsd: return VIREO_COMPARES(sd, VecSource::k64)(imm);
    case kHaddps: return vec_float<haddps, kAll, Tiny::kSingles>();
    case kHsubps: return vec_float<hsubps, kAll, Tiny::kSingles>();
    case kHaddpd: return vec_float<haddpd, kAll, Tiny::kDoubles>();
    case kHsubpd: return vec_float<hsubpd, kAll, Tiny::kDoubles>();
    case kAddsubps: return vec_float<addsubps, kAll, Tiny::kSingles>();
    case kAddsubpd: return vec_float<addsubpd, kAll, Tiny::kDoubles>();
    case kDpps: return vec_handlers<DotProduct<false>>();
    case kDppd: return vec_handlers<DotProduct<true>>();
    default: return selecting_handlers(arg);
  }
}

#undef VIREO_COMPARES

}  // namespace

bool emit_sse_float(const Insn& insn, Op& op) {
  return emit_vec(insn, op, float_handlers(insn.row->arg, static_cast<unsigned>(insn.imm)));
}

}  // namespace vireo
