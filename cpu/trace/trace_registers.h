// The registers of a processor as numbered 64-bit values: what an instruction trace keeps of
// its state.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace vireo {

class Cpu;

// General registers and RFLAGS come first: they change with nearly every instruction.
inline constexpr unsigned kTraceFlags = 16;
inline constexpr unsigned kTraceSystem = 17;                   // segments, control registers, ...
inline constexpr unsigned kTraceSystemCount = 54;
inline constexpr unsigned kTraceX87 = kTraceSystem + kTraceSystemCount;  // and MXCSR
inline constexpr unsigned kTraceX87Count = 20;
inline constexpr unsigned kTraceVector = kTraceX87 + kTraceX87Count;     // four for each of 16
inline constexpr unsigned kTraceVectorCount = 64;
inline constexpr unsigned kTraceRegisters = kTraceVector + kTraceVectorCount;

using TraceRegisters = std::array<uint64_t, kTraceRegisters>;

// RFLAGS but for RF, which ends with the next instruction and shows nowhere before that.
uint64_t trace_flags(const Cpu& cpu);
// Fills in the values from kTraceFlags on; the general registers are left alone.
void gather_trace_registers(const Cpu& cpu, TraceRegisters& out);
// Only x87, MXCSR and the vector registers.
void gather_trace_vectors(const Cpu& cpu, TraceRegisters& out);

// "rax", "rflags", "cs", "cs.base", "cr3", "ymm0[3]".
std::string trace_register_name(unsigned number);

}  // namespace vireo
