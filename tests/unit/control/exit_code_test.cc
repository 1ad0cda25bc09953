#include <doctest/doctest.h>

#include "machine/board/run_result.h"

namespace vireo {
namespace {

TEST_CASE("good ends are 0") {
  CHECK(exit_code_for(StopReason::kGuestPowerOff) == 0);
  CHECK(exit_code_for(StopReason::kGuestReset) == 0);
  CHECK(exit_code_for(StopReason::kUserQuit) == 0);
}

TEST_CASE("isa-debug-exit's code is kept to what a process can say") {
  CHECK(exit_code_for(StopReason::kDebugExit, 33) == 33);
  CHECK(exit_code_for(StopReason::kDebugExit, 0x1ff) == 0xff);
}

TEST_CASE("a signal's code is the shell's") {
  CHECK(exit_code_for(StopReason::kSignal, 15) == 143);
}

TEST_CASE("codes of our own are distinct and even, so isa-debug-exit cannot give them") {
  const int codes[] = {kExitGuestPanic, kExitTripleFault, kExitDeadHalt, kExitInternalError};
  for (const int code : codes) CHECK(code % 2 == 0);
  CHECK(exit_code_for(StopReason::kGuestPanic) == 12);
  CHECK(exit_code_for(StopReason::kTripleFault) == 14);
  CHECK(exit_code_for(StopReason::kDeadHalt) == 16);
  CHECK(exit_code_for(StopReason::kInternalError) == 70);
}

}  // namespace
}  // namespace vireo
