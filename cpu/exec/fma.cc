// FMA: multiplication and addition with one rounding (SDM 1 14.5, SDM 2C).
#include "cpu/exec/fma.h"

#include "cpu/exec/avx_handler.h"
#include "cpu/exec/fma_ops.h"

namespace vireo {
namespace {

// The operands by their numbers in the mnemonic: 1 the destination, 2 VEX.vvvv, 3 r/m.
template <FmaKind kind, FmaOrder order, FmaType type>
__m128i in_order(__m128i one, __m128i two, __m128i three) {
  if constexpr (order == kFma132) return fma<kind, type>(one, three, two);
  else if constexpr (order == kFma213) return fma<kind, type>(two, one, three);
  else return fma<kind, type>(two, three, one);
}

constexpr VecSource source_of(FmaType type) {
  return type == kFmaSs ? VecSource::k32 : type == kFmaSd ? VecSource::k64 : VecSource::kUnaligned;
}
constexpr Tiny tiny_of(FmaType type) {
  switch (type) {
    case kFmaPs: return Tiny::kAllSingles;
    case kFmaPd: return Tiny::kAllDoubles;
    case kFmaSs: return Tiny::kSingle;
    default: return Tiny::kDouble;
  }
}

template <FmaKind kind, FmaOrder order, FmaType type>
struct XmmFma : XmmSource<source_of(type)> {
  static constexpr bool kFloat = true;
  static constexpr Tiny kTiny = tiny_of(type);
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    const __m128i d = vec(cpu, op->dst);
    const __m128i result = in_order<kind, order, type>(d, vec(cpu, op->aux), s);
    set_xmm(cpu, op->dst, is_scalar(type) ? low_element(d, result) : result);
  }
  // `result`, above its first element `d`.
  static __m128i low_element(__m128i d, __m128i result) {
    if (is_double(type)) {
      return _mm_castpd_si128(_mm_move_sd(_mm_castsi128_pd(d), _mm_castsi128_pd(result)));
    }
    return _mm_castps_si128(_mm_move_ss(_mm_castsi128_ps(d), _mm_castsi128_ps(result)));
  }
};

template <FmaKind kind, FmaOrder order, FmaType type>
struct YmmFma : YmmSource<> {
  static constexpr bool kFloat = true;
  static constexpr Tiny kTiny = tiny_of(type);
  static void apply(Cpu& cpu, const Op* op, Vec256 s) {
    const Vec256 d = ymm(cpu, op->dst), v = ymm(cpu, op->aux);
    set_ymm(cpu, op->dst, {in_order<kind, order, type>(d.lo, v.lo, s.lo),
                           in_order<kind, order, type>(d.hi, v.hi, s.hi)});
  }
};

template <FmaKind kind, FmaOrder order>
AvxHandlers packed_handlers(unsigned type) {
  if (type == kFmaPs) {
    return avx_handlers<XmmFma<kind, order, kFmaPs>, YmmFma<kind, order, kFmaPs>>();
  }
  return avx_handlers<XmmFma<kind, order, kFmaPd>, YmmFma<kind, order, kFmaPd>>();
}

template <FmaKind kind, FmaOrder order>
AvxHandlers any_handlers(unsigned type) {
  if (type == kFmaSs) return avx_scalar<XmmFma<kind, order, kFmaSs>>();
  if (type == kFmaSd) return avx_scalar<XmmFma<kind, order, kFmaSd>>();
  return packed_handlers<kind, order>(type);
}

template <FmaOrder order>
AvxHandlers handlers_of(unsigned kind, unsigned type) {
  switch (kind) {
    case kFmaddsub: return packed_handlers<kFmaddsub, order>(type);
    case kFmsubadd: return packed_handlers<kFmsubadd, order>(type);
    case kFmadd: return any_handlers<kFmadd, order>(type);
    case kFmsub: return any_handlers<kFmsub, order>(type);
    case kFnmadd: return any_handlers<kFnmadd, order>(type);
    default: return any_handlers<kFnmsub, order>(type);
  }
}

}  // namespace

bool emit_fma(const Insn& insn, Op& op) {
  const unsigned kind = insn.row->arg & 15, order = insn.row->arg >> 4 & 15,
                 type = insn.row->arg >> 8;
  switch (order) {
    case kFma132: return emit_avx(insn, op, handlers_of<kFma132>(kind, type));
    case kFma213: return emit_avx(insn, op, handlers_of<kFma213>(kind, type));
    default: return emit_avx(insn, op, handlers_of<kFma231>(kind, type));
  }
}

}  // namespace vireo
