// The ways out of a block (see cpu/block/op.h and cpu/exec/branch.h).
#include "cpu/block/row_counts.h"
#include "cpu/exec/branch.h"
#include "cpu/exec/pair.h"

namespace vireo {
namespace {

// Direct links stay within a page, so that a change of mapping never matters to
// them; and 16-bit targets wrap, which a link would not see.
bool may_link(const Cpu& cpu, const Op* op, int64_t offset) {
  return cpu.code_mode != CodeMode::k16 && !cpu.code_limited && op->aux != 2 && offset >= 0 &&
         offset < static_cast<int64_t>(kPageSize) && !cpu.stepping;
}

// A block may be entered where all its bytes are inside CS; elsewhere the run
// loop goes on one by one.
bool inside_code_segment(const Cpu& cpu, uint64_t rip, const Block& block) {
  return cpu.code_mode == CodeMode::k64 || rip + block.bytes() - 1 <= cpu.segs[kCs].limit;
}

}  // namespace

void stop_before(Cpu& cpu, const Op& op) {
  if (RowCounts::on()) RowCounts::all().leave();
  cpu.rip = cpu.rip_of(&op);
  cpu.budget += op.remaining;
}

VIREO_HANDLER leave_before(Cpu& cpu, const Op* op) {
  stop_before(cpu, *op);
  VIREO_LEAVE();
}

VIREO_HANDLER leave_after(Cpu& cpu, const Op* op) {
  cpu.rip = cpu.rip_after(op);
  cpu.budget += op->remaining - 1;
  VIREO_LEAVE();
}

VIREO_HANDLER leave_as_is(Cpu& cpu, const Op* op) {
  cpu.branched = true;
  cpu.budget += op->remaining - 1;
  VIREO_LEAVE();
}

VIREO_HANDLER leave_repeat(Cpu& cpu, const Op* op) {
  cpu.rip = cpu.rip_of(op);
  cpu.between_iterations = true;
  cpu.budget += op->remaining - 1;
  VIREO_LEAVE();
}

VIREO_HANDLER refuse_jump(Cpu& cpu, const Op* op) {
  cpu.raise(kVectorGp, 0);
  VIREO_FAULT();
}

// RET imm16 has its bytes to drop in op->imm.
VIREO_HANDLER refuse_ret(Cpu& cpu, const Op* op) {
  cpu.regs[kRsp] -= 8 + static_cast<uint64_t>(op->imm);
  VIREO_TAIL(refuse_jump);
}

VIREO_HANDLER goto_rip(Cpu& cpu, const Op* op) {
  const uint64_t linear = cpu.linear_ip(cpu.rip);
  const JumpEntry& entry = cpu.jumps[jump_index(linear)];
  if (VIREO_LIKELY(((entry.rip ^ linear) | (entry.tag ^ cpu.jump_tag)) == 0)) {
    const uint64_t page = (linear & ~kPageMask) - cpu.seg_base[kCs];
    const int64_t left = cpu.budget - entry.block->instructions;
    if (VIREO_LIKELY(left >= 0 && inside_code_segment(cpu, cpu.rip, *entry.block))) {
      cpu.budget = left;
      cpu.regs[kRipPageReg] = page;
      VIREO_GOTO(entry.block->ops());
    }
  }
  (void)op;
  VIREO_LEAVE();
}

VIREO_HANDLER leave_taken(Cpu& cpu, const Op* op) {
  const LinkSlot* link = link_slot(op);
  const int64_t offset = static_cast<int64_t>(link->reserved[0]);
  cpu.rip = direct_target(cpu, op, offset);
  cpu.branched = true;
  if (!may_link(cpu, op, offset)) VIREO_TAIL(goto_rip);
  cpu.link_from = const_cast<const Block**>(&link->taken);
  VIREO_LEAVE();
}

VIREO_HANDLER leave_fallthrough(Cpu& cpu, const Op* op) {
  const int64_t offset = static_cast<int64_t>(op->ip) + op->len;
  cpu.rip = cpu.rip_after(op);  // a jump that is not taken cuts nothing off EIP (SDM 2A "Jcc")
  if (!may_link(cpu, op, offset)) VIREO_TAIL(goto_rip);
  cpu.link_from = const_cast<const Block**>(&link_slot(op)->fallthrough);
  VIREO_LEAVE();
}

// An op that is no instruction: it stands behind the last one of a block that
// ends for want of room. Its ip is that of the next instruction, its len 0.
VIREO_HANDLER fall_through(Cpu& cpu, const Op* op) {
  const Block* next = link_slot(op)->fallthrough;
  VIREO_ENTER_IF_ADMITTED(next);
  VIREO_TAIL(leave_fallthrough);
}

}  // namespace vireo
