// Operands of system instructions.
#include "cpu/exec/operands.h"

namespace vireo {

Loaded<uint64_t> load_sized(Cpu& cpu, const Op* op, uint64_t va, unsigned size) {
  if (size == 8) return load<uint64_t>(cpu, op, va);
  if (size == 4) {
    const auto value = load<uint32_t>(cpu, op, va);
    return {value.value, value.ok};
  }
  if (size == 2) {
    const auto value = load<uint16_t>(cpu, op, va);
    return {value.value, value.ok};
  }
  const auto value = load<uint8_t>(cpu, op, va);
  return {value.value, value.ok};
}

bool store_sized(Cpu& cpu, const Op* op, uint64_t va, uint64_t value, unsigned size) {
  if (size == 8) return store<uint64_t>(cpu, op, va, value);
  if (size == 4) return store<uint32_t>(cpu, op, va, static_cast<uint32_t>(value));
  if (size == 2) return store<uint16_t>(cpu, op, va, static_cast<uint16_t>(value));
  return store<uint8_t>(cpu, op, va, static_cast<uint8_t>(value));
}

Linear memory_operand(Cpu& cpu, const Op* op, unsigned offset) {
  Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return at;
  const uint64_t va = at.va + offset;
  // Above the address, legacy modes may have noted what is to be checked.
  constexpr uint64_t kAddress = 0xffffffff;
  at.va = cpu.code_mode == CodeMode::k64 ? va : (at.va & ~kAddress) | (va & kAddress);
  return at;
}

Loaded<uint64_t> read_rm(Cpu& cpu, const Op* op, unsigned size) {
  if (!is_memory(op)) return {low_bytes(cpu.regs[op->src], size), true};
  const Linear at = memory_operand(cpu, op);
  if (!at.ok) return {0, false};
  return load_sized(cpu, op, at.va, size);
}

bool write_rm_word(Cpu& cpu, const Op* op, uint64_t value) {
  if (!is_memory(op)) {
    write_gpr(cpu, op->src, operand_size(op), value);
    return true;
  }
  const Linear at = memory_operand(cpu, op);
  return at.ok && store<uint16_t>(cpu, op, at.va, static_cast<uint16_t>(value));
}

Status require_cpl0(Cpu& cpu) { return cpu.cpl == 0 ? Status::kOk : cpu.raise(kVectorGp, 0); }

}  // namespace vireo
