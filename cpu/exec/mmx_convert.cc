// Conversions and moves between MMX and vector registers (SSE, SSE2).
#include "cpu/exec/mmx_handler.h"
#include "cpu/exec/sse_float_ops.h"

namespace vireo {
namespace {

bool ready(Cpu& cpu, bool uses_mmx) {
  if (!sse_ready(cpu)) {
    raise_sse_unavailable(cpu);
    return false;
  }
  return !uses_mmx || mmx_ready(cpu) || check_mmx(cpu) == Status::kOk;
}

// --- to vector registers ---

__m128i cvtpi2ps(__m128i d, uint64_t s) {
  const __m128i converted = host::cvtdq2ps(mm_vec(s));
  return _mm_castpd_si128(_mm_move_sd(_mm_castsi128_pd(d), _mm_castsi128_pd(converted)));
}
__m128i cvtpi2pd(__m128i, uint64_t s) { return host::cvtdq2pd(mm_vec(s)); }
__m128i movq2dq(__m128i, uint64_t s) { return mm_vec(s); }

template <auto f>
bool to_vec(Cpu& cpu, const Op* op, uint64_t source) {
  CheckedFloat checked(cpu, op);
  set_vec(cpu, op->dst, f(vec(cpu, op->dst), source));
  return checked.finish(Tiny::kNever);
}

template <auto f>
Status to_vec_register(Cpu& cpu, const Op* op) {
  if (!ready(cpu, true) || !to_vec<f>(cpu, op, mm(cpu, op->src))) return Status::kFault;
  enter_mmx(cpu);
  return Status::kOk;
}

// With a memory operand no MMX register is involved, and the x87 state stays.
template <auto f>
Status to_vec_memory(Cpu& cpu, const Op* op) {
  if (!ready(cpu, false)) return Status::kFault;
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  const Loaded<uint64_t> source = load<uint64_t>(cpu, op, at.va);
  if (!source.ok || !to_vec<f>(cpu, op, source.value)) return Status::kFault;
  return Status::kOk;
}

template <auto f>
bool emit_to_vec(const Insn& insn, Op& op) {
  op.dst = insn.reg;
  op.src = insn.rm & 7;
  op.fn = simple_handler<to_vec_register<f>>;
  if (insn.memory()) {
    emit_memory(insn, op);
    op.fn = simple_handler<to_vec_memory<f>>;
  }
  return true;
}

// --- to MMX registers ---

// The upper half must not raise anything.
__m128i cvtps2pi(__m128i s) { return host::cvtps2dq(_mm_move_epi64(s)); }
__m128i cvttps2pi(__m128i s) { return host::cvttps2dq(_mm_move_epi64(s)); }
__m128i movdq2q(__m128i s) { return s; }

template <auto f>
bool to_mm(Cpu& cpu, const Op* op, __m128i source) {
  CheckedFloat checked(cpu, op);
  const uint64_t result = low_quad_of(f(source));
  if (!checked.finish(Tiny::kNever)) return false;
  enter_mmx(cpu);
  set_mm(cpu, op->dst, result);
  return true;
}

template <auto f>
Status to_mm_register(Cpu& cpu, const Op* op) {
  if (!ready(cpu, true) || !to_mm<f>(cpu, op, vec(cpu, op->src))) return Status::kFault;
  return Status::kOk;
}

template <auto f, VecSource kind>
Status to_mm_memory(Cpu& cpu, const Op* op) {
  __m128i source;
  if (!ready(cpu, true) || !read_memory_source<VecOp<f, kind>>(cpu, op, source)) {
    return Status::kFault;
  }
  return to_mm<f>(cpu, op, source) ? Status::kOk : Status::kFault;
}

template <auto f, VecSource kind>
bool emit_to_mm(const Insn& insn, Op& op) {
  op.dst = insn.reg & 7;
  op.src = insn.rm;
  op.fn = simple_handler<to_mm_register<f>>;
  if (insn.memory()) {
    emit_memory(insn, op);
    op.fn = simple_handler<to_mm_memory<f, kind>>;
  }
  return true;
}

}  // namespace

bool emit_mmx_to_xmm(const Insn& insn, Op& op) {
  switch (insn.row->arg) {
    case kCvtpi2ps: return emit_to_vec<cvtpi2ps>(insn, op);
    case kCvtpi2pd: return emit_to_vec<cvtpi2pd>(insn, op);
    case kMovq2dq: return emit_to_vec<movq2dq>(insn, op);
    default: return false;
  }
}

bool emit_xmm_to_mmx(const Insn& insn, Op& op) {
  switch (insn.row->arg) {
    case kCvtps2pi: return emit_to_mm<cvtps2pi, VecSource::k64>(insn, op);
    case kCvttps2pi: return emit_to_mm<cvttps2pi, VecSource::k64>(insn, op);
    case kCvtpd2pi: return emit_to_mm<host::cvtpd2dq, VecSource::kAligned>(insn, op);
    case kCvttpd2pi: return emit_to_mm<host::cvttpd2dq, VecSource::kAligned>(insn, op);
    case kMovdq2q: return emit_to_mm<movdq2q, VecSource::kAligned>(insn, op);
    default: return false;
  }
}

}  // namespace vireo
