#include <doctest/doctest.h>

#include <set>

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
  const std::set<int> codes = {kExitGuestPanic, kExitTripleFault,   kExitDeadHalt, kExitFailOn,
                               kExitLimit,      kExitSerialDiffers, kExitNotReached,
                               kExitInternalError};
  CHECK(codes.size() == 8);
  for (const int code : codes) CHECK(code % 2 == 0);
  CHECK(exit_code_for(StopReason::kGuestPanic) == 12);
  CHECK(exit_code_for(StopReason::kTripleFault) == 14);
  CHECK(exit_code_for(StopReason::kDeadHalt) == 16);
  CHECK(exit_code_for(StopReason::kInternalError) == 70);
}

TEST_CASE("each reason has a name of its own") {
  std::set<std::string_view> names;
  unsigned count = 0;
  for (; count <= static_cast<unsigned>(StopReason::kInternalError); ++count) {
    names.insert(reason_name(static_cast<StopReason>(count)));
  }
  CHECK(names.size() == count);
}

}  // namespace
}  // namespace vireo
