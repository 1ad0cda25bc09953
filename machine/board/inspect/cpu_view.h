// A processor as a debugging person sees it: registers by name, and memory, without any effect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cpu/cpu.h"
#include "machine/base/guest_memory.h"

namespace vireo {

// "rax", "eip", "cs", "cs.base", "cr3", "eflags", ... in small letters; nothing for another name.
std::optional<uint64_t> register_value(const Cpu& cpu, std::string_view name);

// All registers, with those of the x87, SSE and AVX units behind the others.
std::string registers_text(Cpu& cpu);

// The bytes at a linear address as the processor's page tables have it now, or at a physical
// one; false when some of them are not RAM.
bool read_linear(Cpu& cpu, uint64_t address, std::span<std::byte> out);
bool read_physical(const GuestMemory& memory, uint64_t address, std::span<std::byte> out);

// The instruction at `address`, decoded in the mode in which the processor is, and how many
// bytes it has; nothing when its bytes are not to be had.
struct Disassembled {
  std::string text;
  unsigned bytes = 0;
};
std::optional<Disassembled> disassemble_at(Cpu& cpu, uint64_t address, bool physical);

}  // namespace vireo
