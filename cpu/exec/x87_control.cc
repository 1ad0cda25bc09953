// x87 control: FLDCW, FNSTCW, FNSTSW, FNCLEX, FNINIT, FWAIT.
#include "cpu/exec/x87_environment.h"

namespace vireo {
namespace {

Status load_control(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  const Loaded<uint16_t> value = load<uint16_t>(cpu, op, at.va);
  if (!value.ok) return Status::kFault;
  x87_set_control(cpu.x87, value.value);
  return Status::kOk;
}

Status store_word(Cpu& cpu, const Op* op, uint16_t value) {
  const Linear at = linear<Form::kFull>(cpu, op);
  return at.ok && store(cpu, op, at.va, value) ? Status::kOk : Status::kFault;
}

Status store_control(Cpu& cpu, const Op* op) {
  if (!x87_begin_no_wait(cpu)) return Status::kFault;
  return store_word(cpu, op, cpu.x87.control);
}
Status store_status(Cpu& cpu, const Op* op) {
  if (!x87_begin_no_wait(cpu)) return Status::kFault;
  return store_word(cpu, op, x87_status_word(cpu.x87));
}
Status store_status_ax(Cpu& cpu, const Op*) {
  if (!x87_begin_no_wait(cpu)) return Status::kFault;
  set_reg<uint16_t>(cpu, kRax * 8, x87_status_word(cpu.x87));
  return Status::kOk;
}

Status clear_exceptions(Cpu& cpu, const Op*) {
  if (!x87_begin_no_wait(cpu)) return Status::kFault;
  cpu.x87.status &= kX87Conditions;
  host::clear_flags();
  return Status::kOk;
}

Status initialise(Cpu& cpu, const Op*) {
  if (!x87_begin_no_wait(cpu)) return Status::kFault;
  x87_initialise(cpu.x87);
  return Status::kOk;
}

// FNENI, FNDISI, FNSETPM meant something to the 8087 and 80287.
Status nothing(Cpu& cpu, const Op*) {
  return x87_begin_no_wait(cpu) ? Status::kOk : Status::kFault;
}

// MP makes WAIT obey TS (SDM 3A 2.5).
Status wait(Cpu& cpu, const Op*) {
  constexpr uint64_t kBoth = kCr0Mp | kCr0Ts;
  if ((cpu.cr0 & kBoth) == kBoth) return cpu.raise(kVectorNm);
  return (cpu.x87.status & kX87Es) ? cpu.x87_error() : Status::kOk;
}

}  // namespace

bool emit_x87_control(const Insn& insn, Op& op) {
  if (insn.memory()) emit_memory(insn, op);
  // FSTENV and its relatives have a 16-bit form.
  op.aux = insn.op_size == 2 ? 2 : 4;
  switch (insn.row->arg) {
    case kFldcw: op.fn = simple_handler<load_control>; return true;
    case kFnstcw: op.fn = simple_handler<store_control>; return true;
    case kFnstsw: op.fn = simple_handler<store_status>; return true;
    case kFnstswAx: op.fn = simple_handler<store_status_ax>; return true;
    case kFnclex: op.fn = simple_handler<clear_exceptions>; return true;
    case kFninit: op.fn = simple_handler<initialise>; return true;
    case kFnopControl: op.fn = simple_handler<nothing>; return true;
    case kFwait: op.fn = simple_handler<wait>; return true;
    default: op.fn = x87_environment_handler(insn.row->arg); return op.fn != nullptr;
  }
}

}  // namespace vireo
