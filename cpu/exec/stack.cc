// PUSH, POP, LEAVE, ENTER, PUSHA, POPA.
#include "cpu/exec/stack.h"

#include "cpu/exec/integer.h"
#include "cpu/exec/integer_operands.h"
#include "cpu/exec/segment_check.h"
#include "cpu/exec/system_access.h"

namespace vireo {

Linear legacy_stack_linear(Cpu& cpu, uint64_t sp, unsigned size) {
  const Segment& ss = cpu.segs[kSs];
  if (!segment_allows(cpu, ss, Access::kWrite) || !segment_contains(ss, sp, size)) {
    cpu.raise(kVectorSs, 0);
    return {0, false};
  }
  return {(ss.base + sp) & 0xffffffff, true};
}

namespace {

template <typename T, StackForm form>
VIREO_HANDLER push_reg(Cpu& cpu, const Op* op) {
  if (VIREO_UNLIKELY(!(push<T, form>(cpu, op, reg<T>(cpu, op->dst))))) VIREO_FAULT();
  VIREO_NEXT();
}
template <typename T, StackForm form>
VIREO_HANDLER push_imm(Cpu& cpu, const Op* op) {
  if (VIREO_UNLIKELY(!(push<T, form>(cpu, op, static_cast<T>(op->imm))))) VIREO_FAULT();
  VIREO_NEXT();
}
template <typename T, StackForm form>
VIREO_HANDLER pop_reg(Cpu& cpu, const Op* op) {
  const Loaded<T> v = stack_top<T, form>(cpu, op);
  if (VIREO_UNLIKELY(!v.ok)) VIREO_FAULT();
  cpu.regs[kRsp] = stack_moved<form>(cpu, sizeof(T));
  set_reg<T>(cpu, op->dst, v.value);
  VIREO_NEXT();
}

template <typename T>
Status push_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  const Loaded<T> v = load<T>(cpu, op, at.va);
  if (!v.ok || !push<T>(cpu, op, v.value)) return Status::kFault;
  return Status::kOk;
}

// The destination's address is computed with RSP already moved (SDM 2B, POP).
template <typename T>
Status pop_mem(Cpu& cpu, const Op* op) {
  const Loaded<T> v = stack_top<T>(cpu, op);
  if (!v.ok) return Status::kFault;
  const uint64_t old_sp = cpu.regs[kRsp];
  cpu.regs[kRsp] = stack_moved(cpu, sizeof(T));
  const Linear at = linear<Form::kFull>(cpu, op);
  if (at.ok && store<T>(cpu, op, at.va, v.value)) return Status::kOk;
  cpu.regs[kRsp] = old_sp;
  return Status::kFault;
}

template <typename T>
Status leave(Cpu& cpu, const Op* op) {
  const uint64_t old_sp = cpu.regs[kRsp];
  const uint64_t frame = cpu.regs[kRbp];
  cpu.regs[kRsp] = cpu.code_mode == CodeMode::k64
                       ? frame
                       : (old_sp & ~stack_mask(cpu)) | (frame & stack_mask(cpu));
  const Loaded<T> v = stack_top<T>(cpu, op);
  if (!v.ok) {
    cpu.regs[kRsp] = old_sp;
    return Status::kFault;
  }
  cpu.regs[kRsp] = stack_moved(cpu, sizeof(T));
  set_reg<T>(cpu, kRbp * 8, v.value);
  return Status::kOk;
}

// Copies the outer frame pointers of a nested procedure; level >= 1.
template <typename T>
bool enter_nested(Cpu& cpu, const Op* op, unsigned level, uint64_t frame) {
  uint64_t outer = cpu.regs[kRbp];
  for (unsigned i = 1; i < level; ++i) {
    outer -= sizeof(T);
    const Linear at = stack_linear(cpu, outer, sizeof(T));
    if (!at.ok) return false;
    const Loaded<T> v = load<T>(cpu, op, at.va);
    if (!v.ok || !push<T>(cpu, op, v.value)) return false;
  }
  return push<T>(cpu, op, static_cast<T>(frame));
}

// ENTER size, level (SDM 2A). imm: size, aux: level modulo 32.
template <typename T>
Status enter(Cpu& cpu, const Op* op) {
  const uint64_t old_sp = cpu.regs[kRsp];
  bool ok = push<T>(cpu, op, reg<T>(cpu, kRbp * 8));
  const uint64_t frame = cpu.regs[kRsp];
  if (ok && op->aux > 0) ok = enter_nested<T>(cpu, op, op->aux, frame);
  const uint64_t new_sp = ok ? stack_moved(cpu, -op->imm) : old_sp;
  // A stack that would fault at its new top faults now.
  const Linear at = ok ? stack_linear(cpu, new_sp, sizeof(T)) : Linear{0, false};
  if (!at.ok || !probe_write(cpu, op, at.va, sizeof(T))) {
    cpu.regs[kRsp] = old_sp;
    return Status::kFault;
  }
  cpu.regs[kRsp] = new_sp;
  set_reg<T>(cpu, kRbp * 8, static_cast<T>(frame));
  return Status::kOk;
}

template <typename T>
Status pusha(Cpu& cpu, const Op* op) {
  const uint64_t old_sp = cpu.regs[kRsp];
  for (unsigned r = kRax; r <= kRdi; ++r) {
    const T value = r == kRsp ? static_cast<T>(old_sp) : reg<T>(cpu, r * 8);
    if (push<T>(cpu, op, value)) continue;
    cpu.regs[kRsp] = old_sp;
    return Status::kFault;
  }
  return Status::kOk;
}

template <typename T>
Status popa(Cpu& cpu, const Op* op) {
  T values[8];
  const uint64_t old_sp = cpu.regs[kRsp];
  for (unsigned r = 8; r-- > 0;) {
    const Loaded<T> v = stack_top<T>(cpu, op);
    if (!v.ok) {
      cpu.regs[kRsp] = old_sp;
      return Status::kFault;
    }
    values[r] = v.value;
    cpu.regs[kRsp] = stack_moved(cpu, sizeof(T));
  }
  for (unsigned r = kRax; r <= kRdi; ++r) {
    if (r != kRsp) set_reg<T>(cpu, r * 8, values[r]);
  }
  return Status::kOk;
}

}  // namespace

bool emit_push(const Insn& insn, Op& op) {
  const Opd what = insn.row->operands[0];
  op.imm = static_cast<int64_t>(insn.imm);
  if (insn.memory()) emit_memory(insn, op);
  op.dst = operand_register(insn, what, insn.op_size);
  op.fn = by_word_size(insn.op_size, [&](auto type) {
    return by_flag(insn.flat32, [&](auto flat) -> Handler {
      using T = decltype(type);
      constexpr StackForm form = kStackForm<T, flat()>;
      if (is_immediate(what)) return &push_imm<T, form>;
      return insn.memory() ? &simple_handler<push_mem<T>> : &push_reg<T, form>;
    });
  });
  return true;
}

bool emit_pop(const Insn& insn, Op& op) {
  if (insn.memory()) emit_memory(insn, op);
  op.dst = operand_register(insn, insn.row->operands[0], insn.op_size);
  op.fn = by_word_size(insn.op_size, [&](auto type) {
    return by_flag(insn.flat32, [&](auto flat) -> Handler {
      using T = decltype(type);
      return insn.memory() ? &simple_handler<pop_mem<T>> : &pop_reg<T, kStackForm<T, flat()>>;
    });
  });
  return true;
}

bool emit_leave(const Insn& insn, Op& op) {
  op.fn = by_word_size(insn.op_size, [](auto type) -> Handler {
    return &simple_handler<leave<decltype(type)>>;
  });
  return true;
}

bool emit_enter(const Insn& insn, Op& op) {
  op.imm = static_cast<int64_t>(insn.imm);
  op.aux = insn.imm2 & 31;
  op.fn = by_word_size(insn.op_size, [](auto type) -> Handler {
    return &simple_handler<enter<decltype(type)>>;
  });
  return true;
}

bool emit_pusha(const Insn& insn, Op& op) {
  const bool pop = insn.row->arg == 1;
  op.fn = by_word_size(insn.op_size, [&](auto type) -> Handler {
    using T = decltype(type);
    return pop ? &simple_handler<popa<T>> : &simple_handler<pusha<T>>;
  });
  return true;
}

}  // namespace vireo
