// How a block ends: entering the next one without going back to the run loop.
#pragma once

#include "cpu/block/block_cache.h"
#include "cpu/exec/access.h"
#include "cpu/mmu/address_width.h"

namespace vireo {

// The data slot of a direct jump. `reserved[0]` is the target as an offset from
// kRipPageReg.
inline const LinkSlot* link_slot(const Op* op) {
  return reinterpret_cast<const LinkSlot*>(op + 1);
}

// The RIP that a direct jump by `offset` from kRipPageReg leads to; aux is its
// operand size.
inline uint64_t direct_target(const Cpu& cpu, const Op* op, int64_t offset) {
  const uint64_t rip = cpu.mask_ip(cpu.regs[kRipPageReg] + static_cast<uint64_t>(offset));
  return op->aux == 2 ? rip & 0xffff : rip;
}

// Enters `block` when the budget admits all of it; otherwise falls through to
// the statement behind.
#define VIREO_ENTER_IF_ADMITTED(block)                                  \
  do {                                                                  \
    const int64_t left_ = cpu.budget - (block)->instructions;           \
    if (VIREO_LIKELY(left_ >= 0)) {                                     \
      cpu.budget = left_;                                               \
      VIREO_GOTO((block)->ops());                                       \
    }                                                                   \
  } while (0)

// Enters the block at `target`, where linear addresses are offsets (64-bit mode,
// flat 32-bit code), when the jump cache has it and the budget admits it. Stands in
// each handler that jumps, so that the host predicts each of them by itself.
#define VIREO_ENTER_AT(target)                                                         \
  do {                                                                                 \
    const uint64_t rip_ = (target);                                                    \
    const JumpEntry& entry_ = cpu.jumps[jump_index(rip_)];                             \
    if (VIREO_LIKELY(((entry_.rip ^ rip_) | (entry_.tag ^ cpu.jump_tag)) == 0)) {      \
      const int64_t left_ = cpu.budget - entry_.block->instructions;                   \
      if (VIREO_LIKELY(left_ >= 0)) {                                                  \
        cpu.budget = left_;                                                            \
        cpu.regs[kRipPageReg] = rip_ & ~kPageMask;                                     \
        VIREO_GOTO(entry_.block->ops());                                               \
      }                                                                                \
    }                                                                                  \
  } while (0)

// 64-bit mode: to `target`. `refuse` is the exit for one that is not canonical: the
// cache holds no such entry.
#define VIREO_GOTO_RIP64(target, refuse)                                               \
  do {                                                                                 \
    const uint64_t to_ = (target);                                                     \
    VIREO_ENTER_AT(to_);                                                               \
    if (VIREO_UNLIKELY(!is_canonical(cpu, to_))) VIREO_TAIL(refuse);                   \
    cpu.rip = to_;                                                                     \
    VIREO_TAIL(leave_as_is);                                                           \
  } while (0)

// Flat 32-bit code: to `target`.
#define VIREO_GOTO_RIP32(target)                                                       \
  do {                                                                                 \
    const uint64_t to_ = static_cast<uint32_t>(target);                                \
    VIREO_ENTER_AT(to_);                                                               \
    cpu.rip = to_;                                                                     \
    VIREO_TAIL(leave_as_is);                                                           \
  } while (0)

// #GP(0) of a near JMP, CALL or RET whose target is not canonical; RET's stack
// pointer is put back.
VIREO_HANDLER refuse_jump(Cpu& cpu, const Op* op);
VIREO_HANDLER refuse_ret(Cpu& cpu, const Op* op);
// cpu.rip is where to go: through the jump cache, or back to the run loop.
VIREO_HANDLER goto_rip(Cpu& cpu, const Op* op);
// The taken or the fall-through side of a direct jump whose link did not admit.
VIREO_HANDLER leave_taken(Cpu& cpu, const Op* op);
VIREO_HANDLER leave_fallthrough(Cpu& cpu, const Op* op);
// Back to the run loop with RIP at this REP instruction, one part of which has
// been done and counted.
VIREO_HANDLER leave_repeat(Cpu& cpu, const Op* op);

}  // namespace vireo
