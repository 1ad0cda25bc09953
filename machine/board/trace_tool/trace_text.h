// The steps of an instruction trace as text.
#pragma once

#include <string>

#include "cpu/trace/trace_decoder.h"
#include "machine/base/symbol_table.h"

namespace vireo {

// "rax=2a", "[ffff888000001000]4=7": what a step changed and wrote, in hexadecimal.
std::string effects_text(const TraceStep& step);

// One line: the count of instructions before it, the processor where it is not 0, address,
// symbol, the instruction in Intel syntax, and its effects.
std::string step_text(const TraceStep& step, const SymbolTable* symbols);

// "mov", "rep stosq": the name of an instruction.
std::string mnemonic_of(const TraceCode& code);

}  // namespace vireo
