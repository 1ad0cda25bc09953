// Emission of system instructions.
#include "cpu/exec/system.h"

#include <array>

#include "cpu/exec/access.h"
#include "cpu/exec/branch.h"

namespace vireo {
namespace {

// For functions which set cpu.rip: straight on to the block there if it is known
// and nothing waits, because system calls and IRET are frequent.
template <Status (*f)(Cpu&, const Op*)>
VIREO_HANDLER jump_handler(Cpu& cpu, const Op* op) {
  if (VIREO_UNLIKELY(f(cpu, op) != Status::kOk)) VIREO_FAULT();
  if (VIREO_UNLIKELY(cpu.must_stop())) VIREO_TAIL(leave_as_is);
  VIREO_TAIL(goto_rip);
}

// For functions that load a segment register: ops behind them may count on flat
// segments.
template <Status (*f)(Cpu&, const Op*)>
VIREO_HANDLER segment_handler(Cpu& cpu, const Op* op) {
  const bool flat = cpu.flat32;
  if (VIREO_UNLIKELY(f(cpu, op) != Status::kOk)) VIREO_FAULT();
  if (VIREO_UNLIKELY(cpu.flat32 != flat)) VIREO_TAIL(leave_after);
  VIREO_NEXT();
}

struct SystemHandler {
  Handler fn;
};

constexpr std::array<SystemHandler, kSystemArgs> kHandlers{{
#define SYSTEM_OP(arg, function, kind) {kind##_handler<sys::function>},
#include "cpu/exec/system_ops.def"
#undef SYSTEM_OP
}};

VIREO_HANDLER nop_handler([[maybe_unused]] Cpu& cpu, const Op* op) { VIREO_NEXT(); }

VIREO_HANDLER pause_handler(Cpu& cpu, const Op* op) {
  if (VIREO_LIKELY(!cpu.has_company())) VIREO_NEXT();
  cpu.yield();
  VIREO_TAIL(leave_after);
}

// MOV Sreg and POP Sreg: CS cannot be loaded, 6 and 7 do not exist.
bool valid_segment_register(unsigned number, bool load) {
  return number <= kGs && !(load && number == kCs);
}

bool control_register(unsigned number) {
  return number == 0 || number == 2 || number == 3 || number == 4 || number == 8;
}

// Encodings which the table's columns cannot tell apart.
bool defined(const Insn& insn) {
  switch (insn.row->arg) {
    case kMovToSreg:
      return valid_segment_register(insn.reg & 7, true);
    case kMovFromSreg:
      return valid_segment_register(insn.reg & 7, false);
    case kMovToCr:
    case kMovFromCr:
      return control_register(insn.reg);
    case kMovToDr:
    case kMovFromDr:
      return insn.reg < 8;
    default:
      return true;
  }
}

// PUSH and POP name the segment in the opcode, LDS and its kin too.
uint8_t segment_of_opcode(const Insn& insn) {
  if (insn.row->map == 0) {
    if (insn.opcode == 0xc4) return kEs;
    if (insn.opcode == 0xc5) return kDs;
    return insn.opcode >> 3 & 3;
  }
  if (insn.opcode == 0xb2) return kSs;
  return insn.opcode & 8 || insn.opcode == 0xb5 ? kGs : kFs;
}

Handler choose(const Insn& insn) {
  const uint16_t arg = insn.row->arg;
  if (arg == kPushf && insn.op_size == 8) return pushf64_handler;
  if (arg == kPopf) return popf_handler;
  if (arg == kSti) return sti_handler;
  if (arg == kMovToSreg && (insn.reg & 7) == kSs) return kHandlers[kMovToSs].fn;
  return kHandlers[arg].fn;
}

}  // namespace

bool emit_system(const Insn& insn, Op& op) {
  if (!defined(insn)) return false;
  op.fn = choose(insn);
  op.dst = insn.reg;
  op.src = insn.rm;
  op.seg = insn.seg;
  op.addr_size = insn.addr_size;
  op.aux = insn.op_size & kAuxSize;
  op.imm = static_cast<int64_t>(insn.imm);
  if (insn.memory() && !(insn.row->attributes & kAttrMemReg)) {
    emit_memory(insn, op);
    // emit_memory may leave these out where its fast forms do not need them.
    op.seg = insn.seg;
    op.addr_size = insn.addr_size;
    op.aux |= kAuxMemory;
  }
  if (insn.rep || insn.repne) op.aux |= kAuxRep;
  switch (insn.row->arg) {
    case kPushSreg:
    case kPopSreg:
    case kPopSs:
    case kLoadFar:
      op.src = segment_of_opcode(insn);
      break;
    case kJmpFar:
    case kCallFar:
      op.disp = insn.imm2;
      break;
    case kIn:
    case kOut:
      if (!(insn.opcode & 8)) op.aux |= kAuxImmediate;
      break;
    case kIns:
      op.seg = kEs;
      break;
    case kPushf:
      op.seg = kSs;  // makes a fault on the stack #SS
      break;
    default:
      break;
  }
  return true;
}

bool emit_nop(const Insn&, Op& op) {
  op.fn = nop_handler;
  return true;
}

bool emit_pause(const Insn&, Op& op) {
  op.fn = pause_handler;
  return true;
}

}  // namespace vireo
