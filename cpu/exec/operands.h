// Register and memory operands of the slow, untemplated instructions, as
// emit_system leaves them in an op.
#pragma once

#include "cpu/exec/access.h"
#include "cpu/exec/system.h"

namespace vireo {

inline unsigned operand_size(const Op* op) { return op->aux & kAuxSize; }
inline bool is_memory(const Op* op) { return op->aux & kAuxMemory; }
inline uint64_t low_bytes(uint64_t value, unsigned size) {
  return size == 8 ? value : value & ((uint64_t{1} << 8 * size) - 1);
}

// Sizes 2, 4, 8 (and 1 for AL); 4 clears the upper half.
inline void write_gpr(Cpu& cpu, unsigned number, unsigned size, uint64_t value) {
  const unsigned offset = number * 8;
  if (size == 1) return set_reg<uint8_t>(cpu, offset, static_cast<uint8_t>(value));
  if (size == 2) return set_reg<uint16_t>(cpu, offset, static_cast<uint16_t>(value));
  if (size == 4) return set_reg<uint32_t>(cpu, offset, static_cast<uint32_t>(value));
  set_reg<uint64_t>(cpu, offset, value);
}

// `size` bytes at linear address `va`, at the current privilege level.
Loaded<uint64_t> load_sized(Cpu& cpu, const Op* op, uint64_t va, unsigned size);
bool store_sized(Cpu& cpu, const Op* op, uint64_t va, uint64_t value, unsigned size);

// The r/m operand, zero-extended.
Loaded<uint64_t> read_rm(Cpu& cpu, const Op* op, unsigned size);
// Stores a 16-bit register image: memory gets two bytes, a register all of the
// operand size (SDM 2B "MOV", "SLDT", "STR").
bool write_rm_word(Cpu& cpu, const Op* op, uint64_t value);

// Linear address of `offset` bytes behind the memory operand.
Linear memory_operand(Cpu& cpu, const Op* op, unsigned offset = 0);

// #GP(0) unless CPL is 0.
Status require_cpl0(Cpu& cpu);

}  // namespace vireo
