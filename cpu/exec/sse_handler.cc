#include "cpu/exec/sse_handler.h"

namespace vireo {
namespace {

constexpr uint32_t kPreComputation = kMxcsrIe | kMxcsrDe | kMxcsrZe;

bool tiny_single(uint32_t bits) {
  return (bits & 0x7f800000) == 0 && (bits & 0x7fffff) != 0;
}
bool tiny_double(uint64_t bits) {
  return (bits & 0x7ff0000000000000) == 0 && (bits & 0xfffffffffffff) != 0;
}

}  // namespace

CheckedFloat::CheckedFloat(Cpu& cpu, const Op* op)
    : cpu_(cpu), op_(op), old_vec_(vec(cpu, op->dst & 15)),
      old_reg_(cpu.regs[(op->dst >> 3) % kGprSlots]), old_flags_(cpu.flags) {
  collect_mxcsr(cpu);
  uint32_t control = (cpu.mxcsr & ~kMxcsrFlags) | kMxcsrMasks;
  // FTZ acts only while underflow is masked (SDM 1, 10.2.3.3).
  if (!(cpu.mxcsr & kMxcsrUe << kMxcsrMaskShift)) control &= ~kMxcsrFtz;
  set_host_mxcsr(control);
}

uint32_t CheckedFloat::tiny_flags(Tiny tiny) const {
  const VecReg& result = cpu_.vec[op_->dst & 15];
  bool found = false;
  switch (tiny) {
    case Tiny::kNever: break;
    case Tiny::kSingle: found = tiny_single(result.u32[0]); break;
    case Tiny::kLowSingles: found = tiny_single(result.u32[0]) || tiny_single(result.u32[1]); break;
    case Tiny::kSingles:
      for (unsigned i = 0; i < 4; ++i) found |= tiny_single(result.u32[i]);
      break;
    case Tiny::kDouble: found = tiny_double(result.u64[0]); break;
    case Tiny::kDoubles: found = tiny_double(result.u64[0]) || tiny_double(result.u64[1]); break;
  }
  return found ? kMxcsrUe : 0;
}

bool CheckedFloat::finish(Tiny tiny) {
  uint32_t raised = host_mxcsr() & kMxcsrFlags;
  const uint32_t unmasked = ~cpu_.mxcsr >> kMxcsrMaskShift & kMxcsrFlags;
  if (unmasked & kMxcsrUe) raised |= tiny_flags(tiny);
  // Exceptions found before computing keep those of the result from arising
  // (SDM 1, 4.9.2 and 11.5.3).
  if (raised & unmasked & kPreComputation) raised &= kPreComputation;
  cpu_.mxcsr |= raised;
  load_guest_mxcsr(cpu_);
  if (!(raised & unmasked)) return true;
  set_vec(cpu_, op_->dst & 15, old_vec_);
  cpu_.regs[(op_->dst >> 3) % kGprSlots] = old_reg_;
  cpu_.flags = old_flags_;
  cpu_.raise(cpu_.cr4 & kCr4Osxmmexcpt ? kVectorXm : kVectorUd);
  return false;
}

bool emit_rm_source(const Insn& insn, Op& op, const VecHandlers& handlers) {
  if (!insn.memory()) {
    op.fn = handlers.from_register;
    op.src = insn.rm;
    return op.fn != nullptr;
  }
  switch (emit_memory(insn, op)) {
    case Form::kBase: op.fn = handlers.from_base; break;
    case Form::kSib: op.fn = handlers.from_sib; break;
    case Form::kFull: op.fn = handlers.from_full; break;
  }
  return op.fn != nullptr;
}

bool emit_vec(const Insn& insn, Op& op, const VecHandlers& handlers) {
  op.dst = insn.reg;
  op.imm = static_cast<int64_t>(insn.imm);
  return emit_rm_source(insn, op, handlers);
}

bool emit_vec_from_gpr(const Insn& insn, Op& op, const VecHandlers& handlers) {
  const bool done = emit_vec(insn, op, handlers);
  if (!insn.memory()) op.src = static_cast<uint8_t>(insn.rm * 8);
  return done;
}

bool emit_vec_to_gpr(const Insn& insn, Op& op, const VecHandlers& handlers) {
  const bool done = emit_vec(insn, op, handlers);
  op.dst = static_cast<uint8_t>(insn.reg * 8);
  return done;
}

}  // namespace vireo
