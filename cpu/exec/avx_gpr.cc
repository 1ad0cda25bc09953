// VEX-encoded traffic between vector registers and general registers or flags.
#include "cpu/exec/avx_handler.h"
#include "cpu/exec/sse_flags_ops.h"
#include "cpu/exec/sse_gpr_ops.h"

namespace vireo {
namespace {

// Masks of both halves, `bits` from each.
template <auto f, unsigned bits>
struct YmmToMask : YmmSource<> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, Vec256 s) {
    set_reg<uint32_t>(cpu, op->dst, f(s.lo) | f(s.hi) << bits);
  }
};
template <auto f, unsigned bits>
bool emit_mask(const Insn& insn, Op& op) {
  return emit_vec_to_gpr(insn, op,
                         insn.vex256 ? vec_handlers<YmmToMask<f, bits>>()
                                     : vec_handlers<UnderVex<VecToGpr<f, uint32_t>>>());
}

// ZF and CF each ask about both halves.
template <auto f>
struct YmmToFlags : YmmSource<> {
  static constexpr bool kFloat = false;
  static void apply(Cpu& cpu, const Op* op, Vec256 s) {
    const Vec256 d = ymm(cpu, op->dst);
    cpu.flags = f(d.lo, s.lo) & f(d.hi, s.hi);
  }
};
template <auto f>
bool emit_test(const Insn& insn, Op& op) {
  using Xmm = UnderVex<VecToFlags<f, VecSource::kUnaligned>>;
  return emit_vec(insn, op, insn.vex256 ? vec_handlers<YmmToFlags<f>>() : vec_handlers<Xmm>());
}

template <auto f, VecSource source>
constexpr VecHandlers compare() {
  return vec_handlers<UnderVex<UnderMxcsr<VecToFlags<f, source>>>>();
}

PackedFlags testps(__m128i d, __m128i s) {
  return ptest(d, _mm_and_si128(s, _mm_set1_epi32(INT32_MIN)));
}
PackedFlags testpd(__m128i d, __m128i s) {
  return ptest(d, _mm_and_si128(s, _mm_set1_epi64x(INT64_MIN)));
}

template <auto f, typename T>
bool emit_from_gpr(const Insn& insn, Op& op) {
  return emit_vec_from_gpr(insn, op, vec_handlers<XmmFromGpr<f, T>>());
}

}  // namespace

bool emit_avx_from_gpr(const Insn& insn, Op& op) {
  const bool wide = insn.op_size == 8;
  op.aux = insn.vvvv;
  switch (insn.row->arg) {
    case kMovd:
      return wide ? emit_from_gpr<movd<uint64_t>, uint64_t>(insn, op)
                  : emit_from_gpr<movd<uint32_t>, uint32_t>(insn, op);
    case kPinsrb: return emit_from_gpr<insert<uint8_t>, uint8_t>(insn, op);
    case kPinsrw: return emit_from_gpr<insert<uint16_t>, uint16_t>(insn, op);
    case kPinsrd:
      return wide ? emit_from_gpr<insert<uint64_t>, uint64_t>(insn, op)
                  : emit_from_gpr<insert<uint32_t>, uint32_t>(insn, op);
    default: return false;
  }
}

bool emit_avx_to_gpr(const Insn& insn, Op& op) {
  switch (insn.row->arg) {
    case kMovdOut: case kPextrd:
      return insn.op_size == 8 ? emit_extract<uint64_t, UnderVex>(insn, op)
                               : emit_extract<uint32_t, UnderVex>(insn, op);
    case kPextrb: return emit_extract<uint8_t, UnderVex>(insn, op);
    case kPextrw: return emit_extract<uint16_t, UnderVex>(insn, op);
    case kExtractps: return emit_extract<uint32_t, UnderVex>(insn, op);
    default: return false;
  }
}

bool emit_avx_mask(const Insn& insn, Op& op) {
  switch (insn.row->arg) {
    case kMovmskps: return emit_mask<movmskps, 4>(insn, op);
    case kMovmskpd: return emit_mask<movmskpd, 2>(insn, op);
    case kPmovmskb: return emit_mask<pmovmskb, 16>(insn, op);
    case kPextrwReg:
      return emit_vec_to_gpr(insn, op,
                             vec_handlers<UnderVex<VecToGpr<extract<uint16_t>, uint32_t>>>());
    default: return false;
  }
}

bool emit_avx_flags(const Insn& insn, Op& op) {
  switch (insn.row->arg) {
    case kUcomiss: return emit_vec(insn, op, compare<host::ucomiss, VecSource::k32>());
    case kUcomisd: return emit_vec(insn, op, compare<host::ucomisd, VecSource::k64>());
    case kComiss: return emit_vec(insn, op, compare<host::comiss, VecSource::k32>());
    case kComisd: return emit_vec(insn, op, compare<host::comisd, VecSource::k64>());
    case kPtest: return emit_test<ptest>(insn, op);
    case kVtestps: return emit_test<testps>(insn, op);
    case kVtestpd: return emit_test<testpd>(insn, op);
    default: return false;
  }
}

}  // namespace vireo
