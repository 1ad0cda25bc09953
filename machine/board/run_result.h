// Why a run ended, and the exit code that tells a script so.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vireo {

enum class StopReason : uint8_t {
  kGuestPowerOff,  // the guest switched the machine off
  kGuestReset,     // the guest asked for a reset and -no-reboot was given
  kDebugExit,      // the guest wrote to isa-debug-exit
  kGuestPanic,     // the guest told of its own panic
  kTripleFault,    // a fault while delivering a double fault, with -no-reboot
  kDeadHalt,       // halted with interrupts off: nothing can wake the machine
  kUserQuit,       // Ctrl-A X, or quit in a monitor
  kSignal,         // SIGINT, SIGTERM or SIGHUP
  kUntil,          // the guest printed what -until waited for
  kFailOn,         // the guest printed what -fail-on forbids
  kSerialDiffers,  // the guest did not print what -serial-expect says
  kNotReached,     // the run ended before -until was met
  kLimit,          // -limit-insns or -limit-time
  kReplayDiverged, // -replay: the run differs from the recording
  kReplayOver,     // -replay: as far as it was to go
  kStartFailed,    // the command line or the start: nothing ran
  kInternalError,  // our own fault, or the host failed us
};

// What the process ends with. The codes of our own are even, as isa-debug-exit
// gives odd ones only; 1 is left for a command line or a start that failed.
inline constexpr int kExitOk = 0;
inline constexpr int kExitUsage = 1;
inline constexpr int kExitGuestPanic = 12;
inline constexpr int kExitTripleFault = 14;
inline constexpr int kExitDeadHalt = 16;
inline constexpr int kExitFailOn = 18;
inline constexpr int kExitSerialDiffers = 20;
inline constexpr int kExitLimit = 22;
inline constexpr int kExitNotReached = 24;
inline constexpr int kExitReplayDiverged = 26;
inline constexpr int kExitInternalError = 70;

// `detail` is the code that isa-debug-exit gives for kDebugExit, (value << 1) | 1,
// of which a process keeps the low 8 bits, and the number of the signal for
// kSignal (as a shell shows it: 128 + number); unused otherwise.
constexpr int exit_code_for(StopReason reason, uint32_t detail = 0) {
  switch (reason) {
    case StopReason::kGuestPowerOff:
    case StopReason::kGuestReset:
    case StopReason::kUserQuit:
    case StopReason::kUntil:
    case StopReason::kReplayOver:
      return kExitOk;
    case StopReason::kDebugExit:
      return static_cast<int>(detail & 0xff);
    case StopReason::kGuestPanic:
      return kExitGuestPanic;
    case StopReason::kTripleFault:
      return kExitTripleFault;
    case StopReason::kDeadHalt:
      return kExitDeadHalt;
    case StopReason::kSignal:
      return static_cast<int>(128 + (detail & 0x7f));
    case StopReason::kFailOn:
      return kExitFailOn;
    case StopReason::kSerialDiffers:
      return kExitSerialDiffers;
    case StopReason::kNotReached:
      return kExitNotReached;
    case StopReason::kLimit:
      return kExitLimit;
    case StopReason::kReplayDiverged:
      return kExitReplayDiverged;
    case StopReason::kStartFailed:
      return kExitUsage;
    case StopReason::kInternalError:
      break;
  }
  return kExitInternalError;
}

// "guest-power-off": the reason's name in reports, stable over versions.
std::string_view reason_name(StopReason reason);

struct RunResult {
  StopReason reason = StopReason::kGuestPowerOff;
  int exit_code = kExitOk;
  // One line for a person, without "vireo:" and newline; empty for a plain
  // power-off ("triple fault at rip 0xffffffff81000040").
  std::string message;
  // How far the guest came: the same numbers for each run of one command line.
  uint64_t instructions = 0;
  uint64_t virtual_ns = 0;
};

}  // namespace vireo
