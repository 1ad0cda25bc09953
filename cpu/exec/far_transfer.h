// What far jumps, calls and returns share: code segments as targets (SDM 3A 5.8).
#pragma once

#include "cpu/cpu.h"
#include "cpu/exec/segment.h"

namespace vireo {

struct CodeTarget {
  Segment code;
  uint64_t rip = 0;
  unsigned cpl = 0;
  // The code will run in 64-bit mode.
  bool wide(const Cpu& cpu) const { return cpu.long_mode_active() && code.long_mode(); }
};

// RIP inside the segment, or canonical in 64-bit mode; else #GP(0).
bool check_target_rip(Cpu& cpu, const CodeTarget& target);

// CS, RIP and CPL become the target's.
void go_to(Cpu& cpu, const CodeTarget& target);

// The descriptor of a far return's CS: checks of SDM 2B "RET". The privilege
// level comes from the selector's RPL. False: a fault is pending.
bool fetch_return_target(Cpu& cpu, uint16_t selector, uint64_t rip, CodeTarget& out);

// A descriptor with both L and D set is reserved in long mode.
inline bool reserved_code_kind(const Cpu& cpu, const Descriptor& d) {
  return cpu.long_mode_active() && d.long_mode() && d.big();
}

// Far CALL and JMP through a call gate whose descriptor was fetched already.
Status call_through_gate(Cpu& cpu, uint16_t selector, const Descriptor& gate, uint64_t return_rip);
Status jump_through_gate(Cpu& cpu, uint16_t selector, const Descriptor& gate);

}  // namespace vireo
