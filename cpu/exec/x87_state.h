// The x87 register stack, its status word and its exceptions (SDM 1, 8.1, 8.5),
// as the instruction functions use them.
#pragma once

#include <cstdint>

#include "cpu/decode/insn.h"
#include "cpu/exec/access.h"
#include "cpu/exec/sse_env.h"
#include "cpu/exec/x87.h"

namespace vireo {

inline constexpr uint16_t kX87Ie = 1, kX87De = 2, kX87Ze = 4, kX87Oe = 8, kX87Ue = 16,
                          kX87Pe = 32, kX87Sf = 64, kX87Es = 0x80, kX87C0 = 0x100,
                          kX87C1 = 0x200, kX87C2 = 0x400, kX87C3 = 0x4000, kX87Busy = 0x8000;
inline constexpr uint16_t kX87Exceptions = 0x3f;
inline constexpr uint16_t kX87Conditions = kX87C0 | kX87C1 | kX87C2 | kX87C3;
inline constexpr uint16_t kX87ControlInit = 0x037f;

// The answer to masked invalid operations: the "real indefinite" QNaN.
inline constexpr X87Reg kX87Indefinite{0xc000000000000000, 0xffff};

// --- the stack ---
inline unsigned x87_physical(const Cpu& cpu, unsigned i) { return (cpu.x87.top + i) & 7; }
inline X87Reg& x87_st(Cpu& cpu, unsigned i) { return cpu.x87.st[x87_physical(cpu, i)]; }
inline bool x87_empty(const Cpu& cpu, unsigned i) {
  return cpu.x87.empty >> x87_physical(cpu, i) & 1;
}
inline void x87_set(Cpu& cpu, unsigned i, const X87Reg& value) {
  const unsigned n = x87_physical(cpu, i);
  cpu.x87.st[n] = value;
  cpu.x87.empty &= static_cast<uint8_t>(~(1u << n));
}
inline void x87_free(Cpu& cpu, unsigned i) {
  cpu.x87.empty |= static_cast<uint8_t>(1u << x87_physical(cpu, i));
}
inline void x87_pop(Cpu& cpu, unsigned count = 1) {
  for (; count > 0; --count) {
    x87_free(cpu, 0);
    cpu.x87.top = (cpu.x87.top + 1) & 7;
  }
}
// The new top has its value.
inline void x87_push_written(Cpu& cpu) {
  cpu.x87.top = (cpu.x87.top - 1) & 7;
  cpu.x87.empty &= static_cast<uint8_t>(~(1u << cpu.x87.top));
}
inline void x87_push(Cpu& cpu, const X87Reg& value) {
  cpu.x87.top = (cpu.x87.top - 1) & 7;
  x87_set(cpu, 0, value);
}

// --- gates (SDM 2A, the exceptions of each instruction) ---

// For instructions that wait: #NM, then Cpu::x87_error() for a pending exception.
Status x87_check(Cpu& cpu);
inline bool x87_begin(Cpu& cpu) { return mmx_ready(cpu) || x87_check(cpu) == Status::kOk; }
// For FNxxx instructions: #NM only.
inline bool x87_begin_no_wait(Cpu& cpu) {
  if (VIREO_LIKELY(!(cpu.cr0 & (kCr0Em | kCr0Ts)))) return true;
  cpu.raise(kVectorNm);
  return false;
}

// --- status and exceptions ---

// ES and B follow from flags and masks. IGNNE# was for the exception before.
inline void x87_update_summary(X87State& x) {
  const bool pending = x.status & ~x.control & kX87Exceptions;
  if (!(x.status & kX87Es)) x.error_ignored = false;
  x.status = static_cast<uint16_t>(pending ? x.status | kX87Es | kX87Busy
                                           : x.status & ~(kX87Es | kX87Busy));
}
inline void x87_set_conditions(Cpu& cpu, unsigned bits, unsigned mask = kX87Conditions) {
  cpu.x87.status = static_cast<uint16_t>((cpu.x87.status & ~mask) | (bits & mask));
}

// Remembers the address of a non-control instruction (SDM 1, 8.1.8).
inline void x87_note(Cpu& cpu, const Op* op) { cpu.x87.instruction_pointer = cpu.rip_of(op); }

// Merges the exception flags and C1 of `status` (a status word). False when an
// exception that is found before computing (IE, DE, ZE) is unmasked: then the
// instruction must change nothing more.
bool x87_merge(Cpu& cpu, const Op* op, uint16_t status);
// The same but for C1.
bool x87_merge_exceptions(Cpu& cpu, const Op* op, uint16_t status);
// For results that go to memory: overflow and underflow keep them back as well.
bool x87_store_allowed(const Cpu& cpu, uint16_t status);

// IE and SF, C1 telling overflow. True when masked: go on with indefinites.
bool x87_stack_fault(Cpu& cpu, const Op* op, bool overflow);
// An operand is empty: answers with the indefinite in ST(dst), then pops.
Status x87_underflow(Cpu& cpu, const Op* op, unsigned dst, unsigned pops = 0);
// Pushes, minding overflow.
Status x87_push_checked(Cpu& cpu, const Op* op, const X87Reg& value);

// Handlers of each family by OpcodeRow::arg; null when it is of another family.
Handler x87_arith_memory_handler(unsigned arg);
Handler x87_compare_memory_handler(unsigned arg);
Handler x87_load_handler(unsigned arg);
Handler x87_store_handler(unsigned arg);
Handler x87_arith_register_handler(unsigned arg);
Handler x87_compare_register_handler(unsigned arg);
Handler x87_move_handler(unsigned arg);
Handler x87_function_handler(unsigned arg);

}  // namespace vireo
