// Jcc, JMP, CALL, RET, LOOPcc, JCXZ within a segment, and compares fused with
// the jump behind them.
#include "cpu/exec/branch.h"

#include "cpu/exec/integer.h"
#include "cpu/exec/integer_operands.h"
#include "cpu/exec/stack.h"

namespace vireo {
namespace {

#define VIREO_BRANCH(holds)                                           \
  do {                                                                \
    if (holds) {                                                      \
      VIREO_ENTER_IF_ADMITTED(link_slot(op)->taken);                  \
      VIREO_TAIL(leave_taken);                                        \
    }                                                                 \
    VIREO_ENTER_IF_ADMITTED(link_slot(op)->fallthrough);              \
    VIREO_TAIL(leave_fallthrough);                                    \
  } while (0)

// Legacy modes: a target beyond the limit of CS faults before anything else
// changes (SDM 2A "JMP", "CALL"; 2B "RET").
bool target_inside(Cpu& cpu, uint64_t target) {
  return target <= cpu.segs[kCs].limit || cpu.raise(kVectorGp, 0) == Status::kOk;
}
#define VIREO_CHECK_TARGET(form, target)                                \
  do {                                                                  \
    if constexpr (form == StackForm::kAny) {                                  \
      if (VIREO_UNLIKELY(!target_inside(cpu, (target)))) VIREO_FAULT(); \
    }                                                                   \
  } while (0)

// Nearly all addresses are canonical even with four levels of paging.
inline bool target_canonical(const Cpu& cpu, uint64_t target) {
  return VIREO_LIKELY(sign_extended(target, 48)) || is_canonical(cpu, target);
}
// The same for CALL, which in 64-bit mode looks at its target before it pushes.
#define VIREO_CHECK_CALL(form, target)                                             \
  do {                                                                             \
    VIREO_CHECK_TARGET(form, target);                                              \
    if constexpr (form == StackForm::k64) {                                        \
      if (VIREO_UNLIKELY(!target_canonical(cpu, (target)))) VIREO_TAIL(refuse_jump); \
    }                                                                              \
  } while (0)

// A near indirect jump.
#define VIREO_JUMP_TO(form, target, refuse)                                     \
  do {                                                                          \
    if constexpr (form == StackForm::k64) VIREO_GOTO_RIP64(target, refuse);     \
    if constexpr (form == StackForm::kFlat32) VIREO_GOTO_RIP32(target);         \
    cpu.rip = (target);                                                         \
    cpu.branched = true;                                                        \
    VIREO_TAIL(goto_rip);                                                       \
  } while (0)

template <unsigned cc>
VIREO_HANDLER jcc(Cpu& cpu, const Op* op) {
  VIREO_BRANCH(condition<cc>(cpu.flags));
}

// --- direct jumps out of the page, 64-bit mode and flat 32-bit code ---

inline uint64_t far_target(const Cpu& cpu, const Op* op) {
  return cpu.regs[kRipPageReg] + link_slot(op)->reserved[0];
}
#define VIREO_JUMP_OUT(T, refuse)                                                           \
  do {                                                                                      \
    if constexpr (sizeof(T) == 8) VIREO_GOTO_RIP64(far_target(cpu, op), refuse);            \
    VIREO_GOTO_RIP32(far_target(cpu, op));                                                  \
  } while (0)

template <unsigned cc, typename T>
VIREO_HANDLER jcc_out(Cpu& cpu, const Op* op) {
  if (condition<cc>(cpu.flags)) VIREO_JUMP_OUT(T, refuse_jump);
  VIREO_ENTER_IF_ADMITTED(link_slot(op)->fallthrough);
  VIREO_TAIL(leave_fallthrough);
}
template <typename T>
VIREO_HANDLER jmp_out(Cpu& cpu, const Op* op) {
  VIREO_JUMP_OUT(T, refuse_jump);
}

template <typename T>
VIREO_HANDLER call_out(Cpu& cpu, const Op* op) {
  constexpr StackForm form = kStackForm<T, true>;
  const T after = static_cast<T>(cpu.rip_after(op));
  if constexpr (sizeof(T) == 8) VIREO_CHECK_CALL(form, far_target(cpu, op));
  if (VIREO_UNLIKELY(!(push<T, form>(cpu, op, after)))) VIREO_FAULT();
  VIREO_JUMP_OUT(T, refuse_jump);
}

// Whether a direct jump of 64-bit mode or flat 32-bit code leaves its page.
bool leaves_page(const Insn& insn) {
  const bool direct =
      insn.mode == CodeMode::k64 || (insn.flat32 && insn.op_size == 4);
  const int64_t target = int64_t{insn.ip} + insn.len + static_cast<int64_t>(insn.imm);
  return direct && (target < 0 || target >= static_cast<int64_t>(kPageSize));
}

VIREO_HANDLER jmp(Cpu& cpu, const Op* op) {
  VIREO_ENTER_IF_ADMITTED(link_slot(op)->taken);
  VIREO_TAIL(leave_taken);
}

template <typename T, StackForm form>
VIREO_HANDLER call(Cpu& cpu, const Op* op) {
  const T after = static_cast<T>(cpu.rip_after(op));
  if (VIREO_UNLIKELY(!(push<T, form>(cpu, op, after)))) VIREO_FAULT();
  VIREO_ENTER_IF_ADMITTED(link_slot(op)->taken);
  VIREO_TAIL(leave_taken);
}

template <typename T, StackForm stack>
VIREO_HANDLER jmp_reg(Cpu& cpu, const Op* op) {
  VIREO_CHECK_TARGET(stack, reg<T>(cpu, op->dst));
  VIREO_JUMP_TO(stack, reg<T>(cpu, op->dst), refuse_jump);
}
template <typename T, StackForm stack, Form form>
VIREO_HANDLER jmp_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  const Loaded<T> target = load<T>(cpu, op, at.va);
  if (VIREO_UNLIKELY(!target.ok)) VIREO_FAULT();
  VIREO_CHECK_TARGET(stack, target.value);
  VIREO_JUMP_TO(stack, target.value, refuse_jump);
}
template <typename T, StackForm stack>
VIREO_HANDLER call_reg(Cpu& cpu, const Op* op) {
  const T target = reg<T>(cpu, op->dst), after = static_cast<T>(cpu.rip_after(op));
  VIREO_CHECK_CALL(stack, target);
  if (VIREO_UNLIKELY(!(push<T, stack>(cpu, op, after)))) VIREO_FAULT();
  VIREO_JUMP_TO(stack, target, refuse_jump);
}
template <typename T, StackForm stack, Form form>
VIREO_HANDLER call_mem(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  const Loaded<T> target = load<T>(cpu, op, at.va);
  if (VIREO_UNLIKELY(!target.ok)) VIREO_FAULT();
  VIREO_CHECK_CALL(stack, target.value);
  const T after = static_cast<T>(cpu.rip_after(op));
  if (VIREO_UNLIKELY(!(push<T, stack>(cpu, op, after)))) VIREO_FAULT();
  VIREO_JUMP_TO(stack, target.value, refuse_jump);
}

// RET and RET imm16 (imm: bytes to drop).
template <typename T, StackForm stack>
VIREO_HANDLER ret(Cpu& cpu, const Op* op) {
  const Loaded<T> target = stack_top<T, stack>(cpu, op);
  if (VIREO_UNLIKELY(!target.ok)) VIREO_FAULT();
  VIREO_CHECK_TARGET(stack, target.value);
  cpu.regs[kRsp] = stack_moved<stack>(cpu, static_cast<int64_t>(sizeof(T)) + op->imm);
  VIREO_JUMP_TO(stack, target.value, refuse_ret);
}

// Counts down rCX by the address size; JCXZ only looks.
template <unsigned kind, typename T>
inline bool loop_taken(Cpu& cpu) {
  if constexpr (kind == kJcxz) {
    return reg<T>(cpu, kRcx * 8) == 0;
  } else {
    const T left = static_cast<T>(reg<T>(cpu, kRcx * 8) - 1);
    set_reg<T>(cpu, kRcx * 8, left);
    const bool zero = cpu.flags & kPackedZf;
    return left != 0 && (kind == kLoop || zero == (kind == kLoope));
  }
}
template <unsigned kind, typename T>
VIREO_HANDLER loop(Cpu& cpu, const Op* op) {
  VIREO_BRANCH((loop_taken<kind, T>(cpu)));
}

// --- direct jumps where CS has a limit ---

bool direct_target_inside(Cpu& cpu, const Op* op) {
  return target_inside(cpu,
                       direct_target(cpu, op, static_cast<int64_t>(link_slot(op)->reserved[0])));
}
template <Handler jump>
VIREO_HANDLER limited(Cpu& cpu, const Op* op) {
  if (VIREO_UNLIKELY(!direct_target_inside(cpu, op))) VIREO_FAULT();
  VIREO_TAIL(jump);
}
template <unsigned cc>
VIREO_HANDLER limited_jcc(Cpu& cpu, const Op* op) {
  if (condition<cc>(cpu.flags) && VIREO_UNLIKELY(!direct_target_inside(cpu, op))) VIREO_FAULT();
  VIREO_TAIL(jcc<cc>);
}
template <unsigned kind, typename T>
VIREO_HANDLER limited_loop(Cpu& cpu, const Op* op) {
  const uint64_t count = cpu.regs[kRcx];
  const bool taken = loop_taken<kind, T>(cpu);
  cpu.regs[kRcx] = count;
  if (taken && VIREO_UNLIKELY(!direct_target_inside(cpu, op))) VIREO_FAULT();
  VIREO_TAIL((loop<kind, T>));
}

// --- fused compare and jump ---

// Condition `cc` on the flags of a - b (CMP) or a & b (TEST) without making
// them; O and P have no such short form.
template <unsigned cc, bool compare, typename T>
inline bool fused_condition(T a, T b) {
  using Signed = std::make_signed_t<T>;
  constexpr unsigned kind = cc >> 1;
  bool holds;
  if constexpr (compare) {
    if constexpr (kind == 1) holds = a < b;
    else if constexpr (kind == 2) holds = a == b;
    else if constexpr (kind == 3) holds = a <= b;
    else if constexpr (kind == 4) holds = static_cast<Signed>(a - b) < 0;
    else if constexpr (kind == 6) holds = static_cast<Signed>(a) < static_cast<Signed>(b);
    else holds = static_cast<Signed>(a) <= static_cast<Signed>(b);
  } else {
    const T r = a & b;
    if constexpr (kind == 1) holds = false;
    else if constexpr (kind == 2 || kind == 3) holds = r == 0;
    else if constexpr (kind == 4 || kind == 6) holds = static_cast<Signed>(r) < 0;
    else holds = static_cast<Signed>(r) <= 0;
  }
  return holds != static_cast<bool>(cc & 1);
}

template <bool compare, typename T>
inline void fused_flags(Cpu& cpu, T a, T b) {
  PackedFlags f = 0;
  if constexpr (compare) flag_cmp<T>(a, b, f);
  else f = flag_logic<T>(static_cast<T>(a & b));
  cpu.flags = f;
}

template <unsigned cc, bool compare, typename T, bool immediate>
VIREO_HANDLER fused_jcc(Cpu& cpu, const Op* op) {
  const T a = reg<T>(cpu, op->dst);
  const T b = immediate ? static_cast<T>(op->imm) : reg<T>(cpu, op->src);
  fused_flags<compare, T>(cpu, a, b);
  VIREO_BRANCH((fused_condition<cc, compare, T>(a, b)));
}

constexpr bool fusible_condition(unsigned cc) { return cc >> 1 != 0 && cc >> 1 != 5; }

template <bool compare, typename T, bool immediate>
Handler fused_handler(unsigned cc) {
  return by_value<16>(cc, [](auto c) -> Handler {
    if constexpr (fusible_condition(c())) return &fused_jcc<c(), compare, T, immediate>;
    else return nullptr;
  });
}

}  // namespace

bool emit_fused(const Insn& compare, const Insn& jump, Op& op) {
  if (jump.row->emit != emit_jcc || !fusible_condition(jump.row->arg)) return false;
  if (jump.code_limited) return false;
  const bool is_cmp = compare.row->emit == emit_alu && compare.row->arg == kAluCmp;
  const bool is_test = compare.row->emit == emit_test;
  if ((!is_cmp && !is_test) || compare.memory() || compare.op_size == 2) return false;
  const Shaped shaped = shape_operands(compare, op);
  const bool immediate = shaped.shape == Shape::kRegImm;
  op.fn = by_size(compare.op_size, [&](auto type) {
    using T = decltype(type);
    return by_flag(immediate, [&](auto imm) {
      return by_flag(is_cmp, [&](auto cmp) -> Handler {
        return fused_handler<cmp(), T, imm()>(jump.row->arg);
      });
    });
  });
  op.aux = jump.op_size;
  return true;
}

bool emit_jcc(const Insn& insn, Op& op) {
  op.aux = insn.op_size;
  op.fn = by_value<16>(insn.row->arg, [&](auto cc) -> Handler {
    if (insn.code_limited) return &limited_jcc<cc()>;
    if (!leaves_page(insn)) return &jcc<cc()>;
    return insn.flat32 ? &jcc_out<cc(), uint32_t> : &jcc_out<cc(), uint64_t>;
  });
  return true;
}

bool emit_jmp(const Insn& insn, Op& op) {
  op.aux = insn.op_size;
  op.fn = insn.code_limited ? &limited<jmp> : &jmp;
  if (leaves_page(insn)) op.fn = insn.flat32 ? &jmp_out<uint32_t> : &jmp_out<uint64_t>;
  return true;
}

bool emit_call(const Insn& insn, Op& op) {
  op.aux = insn.op_size;
  op.fn = by_word_size(insn.op_size, [&](auto type) {
    return by_flag(insn.flat32, [&](auto flat) -> Handler {
      using T = decltype(type);
      constexpr StackForm stack = kStackForm<T, flat()>;
      return insn.code_limited ? &limited<call<T, stack>> : &call<T, stack>;
    });
  });
  if (leaves_page(insn)) op.fn = insn.flat32 ? &call_out<uint32_t> : &call_out<uint64_t>;
  return true;
}

bool emit_jmp_indirect(const Insn& insn, Op& op) {
  op.dst = operand_register(insn, Opd::kEv, insn.op_size);
  const bool memory = insn.memory();
  const Form form = memory ? emit_memory(insn, op) : Form::kBase;
  op.fn = by_word_size(insn.op_size, [&](auto type) {
    return by_flag(insn.flat32, [&](auto flat) -> Handler {
      using T = decltype(type);
      constexpr StackForm stack = kStackForm<T, flat()>;
      if (!memory) return &jmp_reg<T, stack>;
      return by_form(form, [](auto f) -> Handler { return &jmp_mem<T, stack, f()>; });
    });
  });
  return true;
}

bool emit_call_indirect(const Insn& insn, Op& op) {
  op.dst = operand_register(insn, Opd::kEv, insn.op_size);
  const bool memory = insn.memory();
  const Form form = memory ? emit_memory(insn, op) : Form::kBase;
  op.fn = by_word_size(insn.op_size, [&](auto type) {
    return by_flag(insn.flat32, [&](auto flat) -> Handler {
      using T = decltype(type);
      constexpr StackForm stack = kStackForm<T, flat()>;
      if (!memory) return &call_reg<T, stack>;
      return by_form(form, [](auto f) -> Handler { return &call_mem<T, stack, f()>; });
    });
  });
  return true;
}

bool emit_ret(const Insn& insn, Op& op) {
  op.imm = static_cast<int64_t>(insn.imm);
  op.fn = by_word_size(insn.op_size, [&](auto type) {
    return by_flag(insn.flat32, [](auto flat) -> Handler {
      using T = decltype(type);
      return &ret<T, kStackForm<T, flat()>>;
    });
  });
  return true;
}

bool emit_loop(const Insn& insn, Op& op) {
  op.aux = insn.op_size;
  op.fn = by_value<4>(insn.row->arg, [&](auto kind) {
    return by_word_size(insn.addr_size, [&](auto type) -> Handler {
      using T = decltype(type);
      return insn.code_limited ? &limited_loop<kind(), T> : &loop<kind(), T>;
    });
  });
  return true;
}

}  // namespace vireo
