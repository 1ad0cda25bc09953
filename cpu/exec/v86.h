// Virtual-8086 mode: what depends on IOPL there, the virtual interrupt flag of
// VME and PVI, and the redirection of software interrupts (SDM 3A chapter 20).
#pragma once

#include <cstdint>

#include "cpu/cpu.h"
#include "cpu/exec/system_access.h"

namespace vireo {

// How PUSHF, POPF and IRET treat the flags in virtual-8086 mode.
enum class V86Flags : uint8_t {
  kPlain,    // IOPL 3: IF is the real one
  kVirtual,  // VME and 16-bit operands: IF stands for VIF, IOPL reads as 3
  kDenied,   // #GP(0)
};
V86Flags v86_flags_rule(const Cpu& cpu, unsigned size);

// FLAGS as kVirtual shows them, and the loading of such an image; #GP(0) when it
// would enable an interrupt that waits (VIP) or set TF.
uint16_t virtual_flags(const Cpu& cpu);
Status load_virtual_flags(Cpu& cpu, uint64_t image);

// Whether CLI and STI change VIF here: VME, and PVI at level 3.
bool has_virtual_if(const Cpu& cpu);

// INT n in virtual-8086 mode.
Status v86_interrupt(Cpu& cpu, uint8_t vector, uint64_t return_rip);
// IRET there.
Status v86_iret(Cpu& cpu, unsigned size);
// IRET from level 0 whose image of EFLAGS has VM: `stack` stands behind that image.
Status return_to_v86(Cpu& cpu, StackCursor& stack, uint64_t eip, uint64_t cs, uint64_t eflags);

}  // namespace vireo
