// AVX and AVX2 forms of the SSE2 integer arithmetic, logic and shifts, and the
// shifts by a count of each lane's own.
#include "cpu/exec/avx_handler.h"
#include "cpu/exec/sse_integer_ops.h"
#include "cpu/exec/sse_lanes.h"

namespace vireo {
namespace {

// One count, the low quadword of an XMM register, for all lanes.
struct MakeCount {
  template <auto f>
  static constexpr AvxHandlers with() {
    return avx_handlers<XmmOp<f>, YmmSameOp<f>>();
  }
  static constexpr AvxHandlers none() { return {}; }
};

// Counts past the width give zero or all signs.
template <typename T>
__m128i shift_left_each(__m128i d, __m128i s) {
  return map_lanes<T>(d, s, [](T a, T count) { return count < 8 * sizeof(T) ? a << count : T{0}; });
}
template <typename T>
__m128i shift_right_each(__m128i d, __m128i s) {
  return map_lanes<T>(d, s, [](T a, T count) { return count < 8 * sizeof(T) ? a >> count : T{0}; });
}
__m128i shift_signed_each(__m128i d, __m128i s) {
  return map_lanes<uint32_t>(d, s, [](uint32_t a, uint32_t count) {
    return static_cast<uint32_t>(static_cast<int32_t>(a) >> (count < 31 ? count : 31));
  });
}

AvxHandlers integer_handlers(unsigned arg) {
  if (const AvxHandlers found = xmm_operation<MakeAvx>(arg)) return found;
  if (const AvxHandlers found = count_operation<MakeCount>(arg)) return found;
  return arithmetic_operation<MakeAvx>(arg);
}

AvxHandlers shift_handlers(unsigned arg) {
  switch (arg) {
    case kPsrldqImm: return avx_op<psrldq_imm>();
    case kPslldqImm: return avx_op<pslldq_imm>();
    default: return shift_operation<MakeAvx>(arg);
  }
}

}  // namespace

bool emit_avx_integer(const Insn& insn, Op& op) {
  return emit_avx(insn, op, integer_handlers(insn.row->arg));
}

// The destination is the register in vvvv.
bool emit_avx_shift(const Insn& insn, Op& op) {
  emit_avx(insn, op, shift_handlers(insn.row->arg));
  op.dst = insn.vvvv;
  return op.fn != nullptr;
}

bool emit_avx_shift_each(const Insn& insn, Op& op) {
  switch (insn.row->arg) {
    case kVpsllvd: return emit_avx(insn, op, avx_op<shift_left_each<uint32_t>>());
    case kVpsllvq: return emit_avx(insn, op, avx_op<shift_left_each<uint64_t>>());
    case kVpsrlvd: return emit_avx(insn, op, avx_op<shift_right_each<uint32_t>>());
    case kVpsrlvq: return emit_avx(insn, op, avx_op<shift_right_each<uint64_t>>());
    case kVpsravd: return emit_avx(insn, op, avx_op<shift_signed_each>());
    default: return false;
  }
}

}  // namespace vireo
