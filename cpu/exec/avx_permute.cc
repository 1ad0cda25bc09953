// AVX and AVX2 shuffles, permutations, broadcasts, and moves of register halves.
#include "cpu/exec/avx_handler.h"
#include "cpu/exec/sse_move_ops.h"
#include "cpu/exec/sse_shuffle_ops.h"

namespace vireo {
namespace {

// --- within each half ---

__m128i permute_singles(__m128i d, __m128i s) {
  const auto in = to_lanes<uint32_t>(d), by = to_lanes<uint32_t>(s);
  return from_lanes<uint32_t>({in[by[0] & 3], in[by[1] & 3], in[by[2] & 3], in[by[3] & 3]});
}
// Bit 1 of each quadword chooses.
__m128i permute_doubles(__m128i d, __m128i s) {
  const auto in = to_lanes<uint64_t>(d), by = to_lanes<uint64_t>(s);
  return from_lanes<uint64_t>({in[by[0] >> 1 & 1], in[by[1] >> 1 & 1]});
}
__m128i permute_doubles_imm(__m128i s, unsigned imm) { return shufpd(s, s, imm); }

// --- across halves ---

template <typename T>
using WideLanes = std::array<T, 32 / sizeof(T)>;

Vec256 permute_dwords(Vec256 by, Vec256 s, unsigned) {
  const auto in = std::bit_cast<WideLanes<uint32_t>>(s);
  const auto from = std::bit_cast<WideLanes<uint32_t>>(by);
  WideLanes<uint32_t> out;
  for (unsigned i = 0; i < 8; ++i) out[i] = in[from[i] & 7];
  return std::bit_cast<Vec256>(out);
}
Vec256 permute_quads(Vec256, Vec256 s, unsigned imm) {
  const auto in = std::bit_cast<WideLanes<uint64_t>>(s);
  WideLanes<uint64_t> out;
  for (unsigned i = 0; i < 4; ++i) out[i] = in[imm >> (2 * i) & 3];
  return std::bit_cast<Vec256>(out);
}

// One of four halves, or zero.
__m128i choose_half(Vec256 d, Vec256 s, unsigned control) {
  if (control & 8) return _mm_setzero_si128();
  const __m128i halves[] = {d.lo, d.hi, s.lo, s.hi};
  return halves[control & 3];
}
Vec256 permute_halves(Vec256 d, Vec256 s, unsigned imm) {
  return {choose_half(d, s, imm), choose_half(d, s, imm >> 4)};
}

struct InsertHalf : XmmSource<> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, __m128i s) {
    Vec256 value = ymm(cpu, op->aux);
    (op->imm & 1 ? value.hi : value.lo) = s;
    set_ymm(cpu, op->dst, value);
  }
};
// A half to r/m.
struct ExtractHalf : YmmSource<> {
  static constexpr bool kFloat = false;
  static constexpr bool kAligned = false;
  static void apply(Cpu& cpu, const Op* op, Vec256 s) {
    set_xmm(cpu, op->dst, op->imm & 1 ? s.hi : s.lo);
  }
  static Vec128 take(const Cpu& cpu, const Op* op) {
    const uint64_t* half = &cpu.vec[op->src].u64[op->imm & 1 ? 2 : 0];
    return {half[0], half[1]};
  }
};

bool emit_extract_half(const Insn& insn, Op& op) {
  emit_vec(insn, op, vec_handlers<ExtractHalf>());
  if (insn.memory()) {
    emit_store<ExtractHalf>(insn, op);
    return true;
  }
  op.dst = insn.rm;
  op.src = insn.reg;
  return true;
}

template <typename T>
__m128i broadcast(__m128i s) {
  Lanes<T> out;
  out.fill(to_lanes<T>(s)[0]);
  return from_lanes<T>(out);
}
template <auto f, VecSource source>
constexpr AvxHandlers broadcasting() {
  return avx_handlers<XmmOp<f, source>, YmmSameOp<f, source>>();
}
template <auto f>
constexpr AvxHandlers across() {
  return {{}, vec_handlers<YmmWholeOp<f>>()};
}

AvxHandlers permute_handlers(unsigned arg) {
  switch (arg) {
    case kVpermilps: return avx_op<permute_singles>();
    case kVpermilpd: return avx_op<permute_doubles>();
    case kVpermilpsImm: return avx_op<pshufd>();
    case kVpermilpdImm: return avx_op<permute_doubles_imm, 2>();
    case kVpermd: return across<permute_dwords>();
    case kVpermq: return across<permute_quads>();
    case kVperm2f128: return across<permute_halves>();
    case kVinsertf128: return {{}, vec_handlers<InsertHalf>()};
    case kVbroadcastb: return broadcasting<broadcast<uint8_t>, VecSource::k8>();
    case kVbroadcastw: return broadcasting<broadcast<uint16_t>, VecSource::k16>();
    case kVbroadcastd: return broadcasting<broadcast<uint32_t>, VecSource::k32>();
    case kVbroadcastq: return broadcasting<broadcast<uint64_t>, VecSource::k64>();
    case kVbroadcastf128: return broadcasting<copy, VecSource::kUnaligned>();
    default: return {};
  }
}

AvxHandlers shuffle_handlers(unsigned arg) {
  switch (arg) {
    case kPshufd: return avx_op<pshufd>();
    case kPshufhw: return avx_op<pshufhw>();
    case kPshuflw: return avx_op<pshuflw>();
    case kShufps: return avx_op<shufps>();
    case kShufpd: return avx_op<shufpd, 2>();
    case kMovsldup: return avx_op<movsldup>();
    case kMovshdup: return avx_op<movshdup>();
    case kMovddup: return avx_handlers<XmmOp<movddup, VecSource::k64>, YmmOp<movddup>>();
    default: return {};
  }
}

}  // namespace

bool emit_avx_shuffle(const Insn& insn, Op& op) {
  return emit_avx(insn, op, shuffle_handlers(insn.row->arg));
}

bool emit_avx_permute(const Insn& insn, Op& op) {
  if (insn.row->arg == kVextractf128) return emit_extract_half(insn, op);
  return emit_avx(insn, op, permute_handlers(insn.row->arg));
}

}  // namespace vireo
