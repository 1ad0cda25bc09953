// Pushes and pops: 64-bit mode is direct, legacy modes mind SS and its size.
#pragma once

#include "cpu/exec/access.h"

namespace vireo {

// The linear address of stack offset `sp` in a legacy mode, with the limit
// check of SDM 3A 5.3; #SS(0) is pending when !ok.
Linear legacy_stack_linear(Cpu& cpu, uint64_t sp, unsigned size);

inline uint64_t stack_mask(const Cpu& cpu) { return cpu.stack_big ? 0xffffffff : 0xffff; }

inline Linear stack_linear(Cpu& cpu, uint64_t sp, unsigned size) {
  if (VIREO_LIKELY(cpu.code_mode == CodeMode::k64)) return {sp, true};
  const uint64_t offset = sp & stack_mask(cpu);
  if (VIREO_LIKELY(offset < cpu.seg_plain[kSs])) {
    return {static_cast<uint32_t>(offset + cpu.seg_base[kSs]), true};
  }
  return legacy_stack_linear(cpu, offset, size);
}

// RSP after adding `delta`, wrapping as the stack's size says.
inline uint64_t stack_moved(const Cpu& cpu, int64_t delta) {
  const uint64_t sp = cpu.regs[kRsp];
  if (VIREO_LIKELY(cpu.code_mode == CodeMode::k64)) return sp + static_cast<uint64_t>(delta);
  const uint64_t mask = stack_mask(cpu);
  return (sp & ~mask) | ((sp + static_cast<uint64_t>(delta)) & mask);
}

// False: a fault is pending and nothing has changed.
template <typename T>
inline bool push(Cpu& cpu, const Op* op, T value) {
  const uint64_t sp = stack_moved(cpu, -static_cast<int64_t>(sizeof(T)));
  const Linear at = stack_linear(cpu, sp, sizeof(T));
  if (VIREO_UNLIKELY(!at.ok)) return false;
  if (VIREO_UNLIKELY(!store<T>(cpu, op, at.va, value))) return false;
  cpu.regs[kRsp] = sp;
  return true;
}

// The value on top; RSP does not move.
template <typename T>
inline Loaded<T> stack_top(Cpu& cpu, const Op* op) {
  const Linear at = stack_linear(cpu, cpu.regs[kRsp], sizeof(T));
  if (VIREO_UNLIKELY(!at.ok)) return {T{0}, false};
  return load<T>(cpu, op, at.va);
}

}  // namespace vireo
