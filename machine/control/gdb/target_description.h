// The registers of a processor as the document that gdb reads (GDB manual, appendix G "Target
// Descriptions", and G.5.7 "i386 Features").
#pragma once

#include <span>
#include <string>

#include "machine/board/debug/debug_registers.h"

namespace vireo {

// Names and numbers are those of `registers`, in their order.
std::string target_description(std::span<const DebugRegister> registers);

}  // namespace vireo
