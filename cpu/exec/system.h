// System instructions: how their rows of the opcode table become ops. Each is a
// semantic function in namespace vireo::sys, listed in system_ops.def; one
// variant serves every operand form, because none of them is hot.
#pragma once

#include <cstdint>

#include "cpu/cpu.h"
#include "cpu/decode/insn.h"

namespace vireo {

// The `arg` column of rows that use emit_system.
enum SystemArg : uint16_t {
#define SYSTEM_OP(arg, function, kind) arg,
#include "cpu/exec/system_ops.def"
#undef SYSTEM_OP
  kSystemArgs
};

// Fills op.dst with the number of the ModRM.reg register, op.src with that of
// the r/m register, the memory operand if there is one, op.imm with the
// immediate (op.disp with a far selector), and op.aux as below.
bool emit_system(const Insn& insn, Op& op);
// Instructions that do nothing here: NOP and hints in their many encodings.
bool emit_nop(const Insn& insn, Op& op);
// PAUSE: a processor that waits for another one lets it run.
bool emit_pause(const Insn& insn, Op& op);

inline constexpr uint8_t kAuxSize = 0x0f;       // operand size in bytes
inline constexpr uint8_t kAuxImmediate = 0x20;  // the port number is op->imm
inline constexpr uint8_t kAuxRep = 0x40;        // F2 or F3 is there
inline constexpr uint8_t kAuxMemory = 0x80;     // the r/m operand is memory

namespace sys {
#define SYSTEM_OP(arg, function, kind) Status function(Cpu& cpu, const Op* op);
#include "cpu/exec/system_ops.def"
#undef SYSTEM_OP
}  // namespace sys

// PUSHF, POPF and STI have handlers of their own (flag_insns.cc): the kernel
// uses them at every turn.
VIREO_HANDLER pushf64_handler(Cpu& cpu, const Op* op);
VIREO_HANDLER popf_handler(Cpu& cpu, const Op* op);
VIREO_HANDLER sti_handler(Cpu& cpu, const Op* op);

}  // namespace vireo
