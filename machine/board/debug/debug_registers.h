// A processor's registers as a debugger names, numbers and sees them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "cpu/cpu.h"

namespace vireo {

// What a register holds, which decides how a debugger shows it.
enum class RegisterType : uint8_t {
  kInteger,
  kCodePointer,
  kDataPointer,
  kEflags,
  kX87,  // 80-bit extended precision
  kXmm,
  kMxcsr,
  kYmmHigh,  // bits 128-255 of a YMM register
};

// Sets of registers that a processor has or has not.
enum class RegisterSet : uint8_t { kCore, kSse, kSegments, kSystem, kAvx };

struct RegisterValue {
  std::array<uint8_t, 16> bytes{};  // little-endian; as many as the register has
};

struct DebugRegister {
  std::string_view name;  // as gdb's descriptions of this architecture have it
  uint8_t bytes = 8;
  RegisterType type = RegisterType::kInteger;
  RegisterSet set = RegisterSet::kCore;
  uint8_t index = 0;  // of those which one pair of functions serves
  void (*read)(const Cpu& cpu, unsigned index, RegisterValue& value);
  // False, and nothing changed, for a value that the processor cannot hold, or one that would
  // switch its mode.
  bool (*write)(Cpu& cpu, unsigned index, const RegisterValue& value);
};

// All of `cpu`'s, in the order of their numbers.
std::span<const DebugRegister> debug_registers(const Cpu& cpu);

}  // namespace vireo
