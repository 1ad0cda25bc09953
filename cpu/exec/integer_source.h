// The one shape of the later integer instructions: a general register or memory
// goes in, apply(cpu, op, value) does the rest.
#pragma once

#include "cpu/exec/integer_operands.h"

namespace vireo {

template <class S, typename T>
VIREO_HANDLER from_gpr(Cpu& cpu, const Op* op) {
  S::template apply<T>(cpu, op, reg<T>(cpu, op->src));
  VIREO_NEXT();
}

template <class S, typename T, Form form>
VIREO_HANDLER from_memory(Cpu& cpu, const Op* op) {
  const Linear at = linear<form>(cpu, op);
  if (VIREO_UNLIKELY(!at.ok)) VIREO_FAULT();
  const Loaded<T> value = load<T>(cpu, op, at.va);
  if (VIREO_UNLIKELY(!value.ok)) VIREO_FAULT();
  S::template apply<T>(cpu, op, value.value);
  VIREO_NEXT();
}

template <class S, typename T>
Handler source_handler(const Insn& insn, Op& op) {
  if (!insn.memory()) return &from_gpr<S, T>;
  return by_form(emit_memory(insn, op),
                 [](auto form) -> Handler { return &from_memory<S, T, form()>; });
}

// Destination ModRM.reg, source r/m, 32 or 64 bits by REX.W.
template <class S>
bool emit_wide_source(const Insn& insn, Op& op) {
  op.dst = static_cast<uint8_t>(insn.reg * 8);
  op.src = static_cast<uint8_t>(insn.rm * 8);
  op.imm = static_cast<int64_t>(insn.imm);
  op.fn = insn.op_size == 8 ? source_handler<S, uint64_t>(insn, op)
                            : source_handler<S, uint32_t>(insn, op);
  return true;
}

}  // namespace vireo
