// The shape of MMX handlers: gate, source, semantics, change to MMX state. MMX
// registers are the significands of the x87 registers (SDM 1 9.2, 9.6).
#pragma once

#include "cpu/exec/mmx.h"
#include "cpu/exec/sse_handler.h"

namespace vireo {

inline uint64_t mm(const Cpu& cpu, unsigned number) { return cpu.x87.st[number].significand; }

// What every MMX instruction but EMMS does to the x87 state (SDM 1, 9.5.1).
inline void enter_mmx(Cpu& cpu) {
  cpu.x87.top = 0;
  cpu.x87.empty = 0;
}
inline void set_mm(Cpu& cpu, unsigned number, uint64_t value) {
  cpu.x87.st[number] = {value, 0xffff};
}

inline __m128i mm_vec(uint64_t value) {
  return _mm_cvtsi64_si128(static_cast<int64_t>(value));
}
inline uint64_t low_quad_of(__m128i v) { return static_cast<uint64_t>(_mm_cvtsi128_si64(v)); }

// mm = f(mm, source, imm) for a function on the low halves of vectors. `bytes`
// of the source are read from memory.
template <auto f, unsigned bytes = 8>
struct MmxOp {
  static constexpr unsigned kBytes = bytes;
  static void apply(Cpu& cpu, const Op* op, uint64_t s) {
    const __m128i d = mm_vec(mm(cpu, op->dst));
    enter_mmx(cpu);
    set_mm(cpu, op->dst,
           low_quad_of(call_vec<f>(d, mm_vec(s), static_cast<uint8_t>(op->imm))));
  }
};

template <class S>
Status mmx_register(Cpu& cpu, const Op* op) {
  if (!mmx_ready(cpu) && check_mmx(cpu) != Status::kOk) return Status::kFault;
  S::apply(cpu, op, mm(cpu, op->src));
  return Status::kOk;
}

template <unsigned bytes>
using UnsignedOf = std::conditional_t<bytes == 8, uint64_t,
                                      std::conditional_t<bytes == 4, uint32_t, uint16_t>>;

template <class S>
Status mmx_memory(Cpu& cpu, const Op* op) {
  if (!mmx_ready(cpu) && check_mmx(cpu) != Status::kOk) return Status::kFault;
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  const auto source = load<UnsignedOf<S::kBytes>>(cpu, op, at.va);
  if (!source.ok) return Status::kFault;
  S::apply(cpu, op, source.value);
  return Status::kOk;
}

// By where the source is.
struct MmxHandlers {
  Handler from_register, from_memory;
};
template <class S>
constexpr MmxHandlers mmx_handlers() {
  return {simple_handler<mmx_register<S>>, simple_handler<mmx_memory<S>>};
}

struct MakeMmx {
  template <auto f>
  static constexpr MmxHandlers with() {
    return mmx_handlers<MmxOp<f>>();
  }
  static constexpr MmxHandlers none() { return {}; }
};

// mm, mm/m [, imm8]. Register numbers above 7 do not exist: REX is ignored.
inline bool emit_mmx(const Insn& insn, Op& op, const MmxHandlers& handlers) {
  op.dst = insn.reg & 7;
  op.imm = static_cast<int64_t>(insn.imm);
  if (insn.memory()) emit_memory(insn, op);
  else op.src = insn.rm & 7;
  op.fn = insn.memory() ? handlers.from_memory : handlers.from_register;
  return op.fn != nullptr;
}

}  // namespace vireo
