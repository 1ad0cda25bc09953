// A predecoded instruction and the run of them that is a block.
#pragma once

#include <cstdint>

#include "cpu/state/cpu_state.h"

namespace vireo {

class Cpu;
struct Op;
struct Block;

// Two dispatchers run the same handler bodies (see design of the engine):
//   tail: a handler ends with a guaranteed jump to the next one;
//   loop: a handler returns the next op to a loop.
// A handler is written once, with VIREO_NEXT, VIREO_GOTO and VIREO_LEAVE; its
// parameters are always named `cpu` and `op`.
#if defined(VIREO_PRESERVE_NONE)
#define VIREO_HANDLER_CC __attribute__((preserve_none))
#else
#define VIREO_HANDLER_CC
#endif

#if defined(VIREO_DISPATCH_TAIL)
using OpResult = void;
#define VIREO_GOTO(next)                        \
  do {                                          \
    const Op* next_op_ = (next);                \
    [[clang::musttail]] return next_op_->fn(cpu, next_op_); \
  } while (0)
#define VIREO_TAIL(handler) [[clang::musttail]] return handler(cpu, op)
#define VIREO_LEAVE() return
#else
using OpResult = const Op*;
#define VIREO_GOTO(next) return (next)
#define VIREO_TAIL(handler) return handler(cpu, op)
#define VIREO_LEAVE() return nullptr
#endif

// On to the following op of the block.
#define VIREO_NEXT() VIREO_GOTO(op + 1)
// The instruction did not happen: a fault is pending in the Cpu, or it must run
// again alone (device access). State is as before the instruction.
#define VIREO_FAULT() VIREO_TAIL(leave_before)

using Handler = OpResult(VIREO_HANDLER_CC*)(Cpu& cpu, const Op* op);
#define VIREO_HANDLER OpResult VIREO_HANDLER_CC

// One instruction (or a fused pair), operands resolved. 32 bytes, two to a
// cache line. Register operands are byte offsets into CpuState::regs (AH is
// offset 1) or numbers of vector registers, as the handler wants.
struct Op {
  Handler fn = nullptr;
  int64_t imm = 0;        // immediate; for jumps the target's offset from kRipPageReg
  int32_t disp = 0;       // displacement of the memory operand
  uint8_t dst = 0;
  uint8_t src = 0;
  uint8_t base = 0;       // byte offsets into regs
  uint8_t index = 0;
  uint8_t scale = 0;      // shift count
  uint8_t seg = kNoSeg;   // SegIndex whose base is added
  uint16_t ip = 0;        // page offset of the instruction's first byte
  uint8_t len = 0;        // bytes
  uint8_t remaining = 0;  // instructions from this one to the block's end, inclusive
  uint8_t addr_size = 8;  // bytes: 2, 4 or 8
  uint8_t aux = 0;        // free for the handler
};
static_assert(sizeof(Op) == 32);

// The data slot behind an op that ends a block with a direct jump: where it may
// go without looking. Occupies one Op.
struct LinkSlot {
  const Block* taken;
  const Block* fallthrough;
  uint64_t reserved[2];
};
static_assert(sizeof(LinkSlot) == sizeof(Op));

// A run of instructions from one page. Lives in the block cache's arena until
// the whole cache is emptied; an invalidated one stays readable, and gets so
// large a count that no budget admits it, which sends whoever enters it to the
// slow path.
inline constexpr int32_t kNeverEnter = INT32_MAX;

struct Block {
  int32_t instructions = 0;  // kNeverEnter when invalid
  uint16_t start = 0;        // page offset of the first byte
  uint16_t end = 0;          // page offset after the last byte (may pass 4096)
  CodeMode mode = CodeMode::k64;
  uint8_t stack_big = 0;
  bool single = false;       // built to step one instruction
  bool crosses_page = false;
  bool limited = false;      // its jumps mind the limit of CS
  bool flat32 = false;       // its accesses by DS and SS need no look at the segment
  bool vex = false;          // VEX encodings are instructions
  bool from_device = false;  // some of its bytes came from device registers
  uint64_t second_page = 0;  // physical page of the tail when crosses_page
  Block* next_in_chunk = nullptr;
  unsigned bytes() const { return end - start; }
  const Op* ops() const { return reinterpret_cast<const Op*>(this + 1); }
  Op* ops() { return reinterpret_cast<Op*>(this + 1); }
};
static_assert(sizeof(Block) % 8 == 0);

// The slow exits, shared by all handlers (cpu/block/exits.cc).
//   leave_before: back to the run loop with RIP at this instruction, not executed.
//   leave_after:  back to the run loop with RIP behind this instruction.
VIREO_HANDLER leave_before(Cpu& cpu, const Op* op);
VIREO_HANDLER leave_after(Cpu& cpu, const Op* op);
// The end of a block that stopped for no jump (page end, length): goes on at the
// next instruction.
VIREO_HANDLER fall_through(Cpu& cpu, const Op* op);

}  // namespace vireo
