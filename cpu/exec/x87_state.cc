#include "cpu/exec/x87_state.h"

namespace vireo {
namespace {

constexpr uint16_t kPreComputation = kX87Ie | kX87De | kX87Ze;

uint16_t unmasked(const Cpu& cpu, uint16_t status) {
  return static_cast<uint16_t>(status & ~cpu.x87.control & kX87Exceptions);
}

// What the last instruction with an unmasked exception was. The data pointer and
// the opcode are kept for those only, as CPUID leaf 7 (FDP_EXCPTN_ONLY) tells.
void note_exception(Cpu& cpu, const Op* op) {
  cpu.x87.opcode = static_cast<uint16_t>(op->imm);
  cpu.x87.data_pointer = op->aux ? effective_offset(cpu, op) : 0;
}

}  // namespace

Status x87_check(Cpu& cpu) {
  if (cpu.cr0 & (kCr0Em | kCr0Ts)) return cpu.raise(kVectorNm);
  return (cpu.x87.status & kX87Es) ? cpu.x87_error() : Status::kOk;
}

bool x87_merge(Cpu& cpu, const Op* op, uint16_t status) {
  x87_set_conditions(cpu, status, kX87C1);
  return x87_merge_exceptions(cpu, op, status);
}

bool x87_merge_exceptions(Cpu& cpu, const Op* op, uint16_t status) {
  X87State& x = cpu.x87;
  x87_note(cpu, op);
  x.status |= status & (kX87Exceptions | kX87Sf);
  if (VIREO_LIKELY(unmasked(cpu, status) == 0)) return true;
  note_exception(cpu, op);
  x87_update_summary(x);
  return !(unmasked(cpu, status) & kPreComputation);
}

bool x87_store_allowed(const Cpu& cpu, uint16_t status) {
  return !(unmasked(cpu, status) & (kPreComputation | kX87Oe | kX87Ue));
}

bool x87_stack_fault(Cpu& cpu, const Op* op, bool overflow) {
  return x87_merge(cpu, op, static_cast<uint16_t>(kX87Ie | kX87Sf | (overflow ? kX87C1 : 0)));
}

Status x87_underflow(Cpu& cpu, const Op* op, unsigned dst, unsigned pops) {
  if (!x87_stack_fault(cpu, op, false)) return Status::kOk;
  x87_set(cpu, dst, kX87Indefinite);
  x87_pop(cpu, pops);
  return Status::kOk;
}

Status x87_push_checked(Cpu& cpu, const Op* op, const X87Reg& value) {
  if (VIREO_LIKELY(x87_empty(cpu, 7))) {
    x87_note(cpu, op);
    cpu.x87.status &= static_cast<uint16_t>(~kX87C1);
    x87_push(cpu, value);
  } else if (x87_stack_fault(cpu, op, true)) {
    x87_push(cpu, kX87Indefinite);
  }
  return Status::kOk;
}

bool emit_x87_memory(const Insn& insn, Op& op) {
  const unsigned arg = insn.row->arg;
  emit_memory(insn, op);
  op.imm = (insn.opcode & 7) << 8 | insn.modrm;
  op.aux = 1;
  for (const auto family : {x87_arith_memory_handler, x87_compare_memory_handler,
                            x87_load_handler, x87_store_handler}) {
    if ((op.fn = family(arg)) != nullptr) return true;
  }
  return false;
}

bool emit_x87_register(const Insn& insn, Op& op) {
  const unsigned arg = insn.row->arg;
  op.src = insn.modrm & 7;
  op.imm = (insn.opcode & 7) << 8 | insn.modrm;
  op.aux = 0;
  for (const auto family : {x87_arith_register_handler, x87_compare_register_handler,
                            x87_move_handler, x87_function_handler}) {
    if ((op.fn = family(arg)) != nullptr) return true;
  }
  return false;
}

}  // namespace vireo
