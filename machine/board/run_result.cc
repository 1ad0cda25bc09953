#include "machine/board/run_result.h"

namespace vireo {

std::string_view reason_name(StopReason reason) {
  switch (reason) {
    case StopReason::kGuestPowerOff:
      return "guest-power-off";
    case StopReason::kGuestReset:
      return "guest-reset";
    case StopReason::kDebugExit:
      return "debug-exit";
    case StopReason::kGuestPanic:
      return "guest-panic";
    case StopReason::kTripleFault:
      return "triple-fault";
    case StopReason::kDeadHalt:
      return "dead-halt";
    case StopReason::kUserQuit:
      return "user-quit";
    case StopReason::kSignal:
      return "signal";
    case StopReason::kUntil:
      return "until";
    case StopReason::kFailOn:
      return "fail-on";
    case StopReason::kSerialDiffers:
      return "serial-differs";
    case StopReason::kNotReached:
      return "not-reached";
    case StopReason::kLimit:
      return "limit";
    case StopReason::kReplayDiverged:
      return "replay-diverged";
    case StopReason::kReplayOver:
      return "replay-over";
    case StopReason::kStartFailed:
      return "start-failed";
    case StopReason::kInternalError:
      break;
  }
  return "internal-error";
}

}  // namespace vireo
