// Pushes and pops: 64-bit mode is direct, legacy modes mind SS and its size.
#pragma once

#include "cpu/exec/access.h"

namespace vireo {

// The linear address of stack offset `sp` in a legacy mode, with the limit
// check of SDM 3A 5.3; #SS(0) is pending when !ok.
Linear legacy_stack_linear(Cpu& cpu, uint64_t sp, unsigned size);

inline uint64_t stack_mask(const Cpu& cpu) { return cpu.stack_big ? 0xffffffff : 0xffff; }

// What decoding knows of the stack.
enum class StackForm : uint8_t {
  kAny,     // nothing
  k64,      // 64-bit mode
  kFlat32,  // CpuState::flat32
};
// That of an instruction which moves a T: 8 bytes mean 64-bit mode, 4 a legacy one.
template <typename T, bool flat32>
inline constexpr StackForm kStackForm = sizeof(T) == 8            ? StackForm::k64
                                        : sizeof(T) == 4 && flat32 ? StackForm::kFlat32
                                                                   : StackForm::kAny;

template <StackForm form = StackForm::kAny>
inline Linear stack_linear(Cpu& cpu, uint64_t sp, unsigned size) {
  if constexpr (form == StackForm::k64) return {sp, true};
  if constexpr (form == StackForm::kFlat32) return {static_cast<uint32_t>(sp), true};
  if (VIREO_LIKELY(cpu.code_mode == CodeMode::k64)) return {sp, true};
  const uint64_t offset = sp & stack_mask(cpu);
  if (VIREO_LIKELY(offset < cpu.seg_plain[kSs])) {
    return {static_cast<uint32_t>(offset + cpu.seg_base[kSs]), true};
  }
  return legacy_stack_linear(cpu, offset, size);
}

// RSP after adding `delta`, wrapping as the stack's size says.
template <StackForm form = StackForm::kAny>
inline uint64_t stack_moved(const Cpu& cpu, int64_t delta) {
  const uint64_t sp = cpu.regs[kRsp];
  const uint64_t moved = sp + static_cast<uint64_t>(delta);
  if constexpr (form == StackForm::k64) return moved;
  if constexpr (form == StackForm::kFlat32) {
    return (sp & ~uint64_t{0xffffffff}) | static_cast<uint32_t>(moved);
  }
  if (VIREO_LIKELY(cpu.code_mode == CodeMode::k64)) return moved;
  const uint64_t mask = stack_mask(cpu);
  return (sp & ~mask) | (moved & mask);
}

// False: a fault is pending and nothing has changed.
template <typename T, StackForm form = StackForm::kAny>
inline bool push(Cpu& cpu, const Op* op, T value) {
  const uint64_t sp = stack_moved<form>(cpu, -static_cast<int64_t>(sizeof(T)));
  const Linear at = stack_linear<form>(cpu, sp, sizeof(T));
  if (VIREO_UNLIKELY(!at.ok)) return false;
  if (VIREO_UNLIKELY(!store<T>(cpu, op, at.va, value))) return false;
  cpu.regs[kRsp] = sp;
  return true;
}

// The value on top; RSP does not move.
template <typename T, StackForm form = StackForm::kAny>
inline Loaded<T> stack_top(Cpu& cpu, const Op* op) {
  const Linear at = stack_linear<form>(cpu, cpu.regs[kRsp], sizeof(T));
  if (VIREO_UNLIKELY(!at.ok)) return {T{0}, false};
  return load<T>(cpu, op, at.va);
}

}  // namespace vireo
