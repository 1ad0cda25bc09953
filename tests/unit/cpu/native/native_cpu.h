// Runs a few instructions on the host's own processor, with all general
// registers and flags loaded and with memory at the very addresses that it has
// in a test guest: the independent check of integer instructions.
#pragma once

#include <array>
#include <csignal>
#include <cstdint>
#include <span>

namespace vireo {

struct NativeRegs {
  std::array<uint64_t, 16> gpr{};  // by encoding: RAX RCX RDX RBX RSP RBP RSI RDI R8...
  uint64_t rflags = 2;             // arithmetic flags and DF are loaded
};

// How a run ended.
struct NativeEnd {
  static constexpr int kNoFault = -1;
  int vector = kNoFault;  // exception, as the processor reported it
  uint64_t rip = 0;       // of the faulting instruction
  bool faulted() const { return vector != kNoFault; }
};

// While one lives, signals of faults are its own. One at a time.
class NativeCpu {
 public:
  // The areas, at the same addresses as in TestGuest; all mapped read-write.
  static constexpr uint64_t kCode = 0x100000, kCodeSize = 0x3000;
  static constexpr uint64_t kStackBase = 0x1fe000, kStackSize = 0x4000;
  static constexpr uint64_t kData = 0x300000, kDataSize = 0x4000;

  // What code runs as: 64-bit, or in a 32-bit compatibility segment.
  enum class Width { k64, k32 };

  NativeCpu();
  ~NativeCpu();
  NativeCpu(const NativeCpu&) = delete;
  NativeCpu& operator=(const NativeCpu&) = delete;

  // False where the host is no x86-64 or the addresses are taken.
  static bool available();

  std::span<uint8_t> stack() const { return area(kStackBase, kStackSize); }
  std::span<uint8_t> data() const { return area(kData, kDataSize); }

  // Runs `code` from address `at` (in the code area) to its end, or to its
  // first fault; then `regs` is as the processor left it. RSP must point into
  // memory, or be unused.
  NativeEnd run(std::span<const uint8_t> code, NativeRegs& regs, uint64_t at = kCode,
                Width width = Width::k64);

 private:
  static std::span<uint8_t> area(uint64_t base, uint64_t size) {
    return {reinterpret_cast<uint8_t*>(base), size};
  }
  static constexpr std::array<int, 5> kSignals = {SIGFPE, SIGSEGV, SIGILL, SIGBUS, SIGTRAP};
  std::array<struct sigaction, kSignals.size()> before_{};
  stack_t stack_before_{};
  std::array<uint8_t, 65536> signal_stack_;
};

}  // namespace vireo
