// Text traces of guest code, printed by capstone: -d in_asm, exec and cpu.
#pragma once

#include <string>
#include <vector>

#include "cpu/decode/insn.h"

namespace vireo {

class Cpu;

// The instruction at the start of `bytes` in Intel syntax, or ".byte 0x.." when
// capstone knows none.
std::string disassemble(const uint8_t* bytes, size_t count, CodeMode mode, uint64_t rip);

// -d in_asm: the code of a block just decoded, which starts at `rip`.
void trace_block_code(Cpu& cpu, const std::vector<Insn>& insns, uint64_t rip, uint64_t offset);

// -d exec: the instruction that is about to run; -d cpu: the registers.
void trace_step(Cpu& cpu);

// All registers, in the manner of QEMU's -d cpu.
std::string dump_registers(const Cpu& cpu);

}  // namespace vireo
