#include "cpu/exec/sse_handler.h"

#include <algorithm>
#include <span>

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
    : cpu_(cpu), op_(op), old_vec_(cpu.vec[op->dst & 15]),
      old_reg_(cpu.regs[(op->dst >> 3) % kGprSlots]), old_flags_(cpu.flags) {
  collect_mxcsr(cpu);
  uint32_t control = (cpu.mxcsr & ~kMxcsrFlags) | kMxcsrMasks;
  // FTZ acts only while underflow is masked (SDM 1, 10.2.3.3).
  if (!(cpu.mxcsr & kMxcsrUe << kMxcsrMaskShift)) control &= ~kMxcsrFtz;
  set_host_mxcsr(control);
}

uint32_t CheckedFloat::tiny_flags(Tiny tiny) const {
  const VecReg& r = cpu_.vec[op_->dst & 15];
  const std::span singles(r.u32);
  const std::span doubles(r.u64);
  const auto any_single = [&](size_t count) {
    return std::any_of(singles.begin(), singles.begin() + count, tiny_single);
  };
  const auto any_double = [&](size_t count) {
    return std::any_of(doubles.begin(), doubles.begin() + count, tiny_double);
  };
  bool found = false;
  switch (tiny) {
    case Tiny::kNever: break;
    case Tiny::kSingle: found = any_single(1); break;
    case Tiny::kLowSingles: found = any_single(2); break;
    case Tiny::kSingles: found = any_single(4); break;
    case Tiny::kAllSingles: found = any_single(8); break;
    case Tiny::kDouble: found = any_double(1); break;
    case Tiny::kDoubles: found = any_double(2); break;
    case Tiny::kAllDoubles: found = any_double(4); break;
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
  cpu_.vec[op_->dst & 15] = old_vec_;
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
    case Form::kFlat32Base:
    case Form::kFlat32:
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
