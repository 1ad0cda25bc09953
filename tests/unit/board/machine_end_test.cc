// Each way in which a run can end has its reason, exit code and line.
#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

TEST_CASE("a write to isa-debug-exit ends the run with its code") {
  MachineBench bench(GuestCode().out8(kDebugExit, 0x10));
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kDebugExit);
  CHECK(result.exit_code == debug_exit_code(0x10));
}

TEST_CASE("SLP_EN with the soft-off type in PM1_CNT switches the machine off") {
  MachineBench bench(GuestCode().out16(0x604, 0x2000).out8(kDebugExit, 1));
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kGuestPowerOff);
  CHECK(result.exit_code == kExitOk);
  CHECK(result.message.empty());
}

TEST_CASE("with -no-shutdown a machine that is off waits for the user") {
  MachineBench bench(GuestCode().out16(0x604, 0x2000));
  bench.config.no_shutdown = true;
  bench.host.stop = {StopRequest::Kind::kUserQuit, 0};
  bench.host.looks_before_stop = 3;
  CHECK(bench.run().reason == StopReason::kUserQuit);
  CHECK(bench.host.waits.size() >= 1);
}

TEST_CASE("with -no-reboot a reset ends the run") {
  GuestCode guest;
  SUBCASE("reset control register") { guest.out8(0xcf9, 0x06); }
  SUBCASE("keyboard controller") { guest.out8(0x64, 0xfe); }
  SUBCASE("system port A") { guest.out8(0x92, 0x03); }
  SUBCASE("INIT to the boot processor itself") {
    guest.store32(0xfee00300, 0x4500 | 1u << 18);  // to self, INIT, asserted
  }
  guest.out8(kDebugExit, 1);
  MachineBench bench(guest);
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kGuestReset);
  CHECK(result.exit_code == kExitOk);
  CHECK_FALSE(result.message.empty());
}

TEST_CASE("a triple fault has its own exit code") {
  MachineBench bench(GuestCode().ud2());
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kTripleFault);
  CHECK(result.exit_code == kExitTripleFault);
  CHECK(result.message == "triple fault at rip 0x100000");
}

// CMOS RAM survives a reset: the guest counts its starts there.
static GuestCode reset_until_third_start(const GuestCode& reset) {
  GuestCode guest;
  guest.out8(0x70, 0x40).in8(0x71);
  guest.unless_al(0, [&](GuestCode& again) {
    again.unless_al(1, [&](GuestCode& third) { third.out_al(kDebugExit); });
    again.out8(0x70, 0x40).out8(0x71, 2).append(reset);
  });
  return std::move(guest.out8(0x70, 0x40).out8(0x71, 1).append(reset).jump_here());
}

TEST_CASE("without -no-reboot a reset starts the guest again") {
  GuestCode reset;
  SUBCASE("reset control register") { reset.out8(0xcf9, 0x06); }
  SUBCASE("triple fault") { reset.ud2(); }
  MachineBench bench(reset_until_third_start(reset));
  bench.config.no_reboot = false;
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kDebugExit);
  CHECK(result.exit_code == debug_exit_code(2));
}

TEST_CASE("a processor that halts with interrupts off ends the run") {
  MachineBench bench(GuestCode().hlt().out8(kDebugExit, 1));
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kDeadHalt);
  CHECK(result.exit_code == kExitDeadHalt);
  CHECK(result.instructions == 1);
}

TEST_CASE("the user and signals end a guest that never ends") {
  StopRequest stop;
  int expected = kExitOk;
  std::string message = "ended by Ctrl-A X";
  SUBCASE("Ctrl-A X") { stop = {StopRequest::Kind::kUserQuit, 0}; }
  SUBCASE("a signal") {
    stop = {StopRequest::Kind::kSignal, 15};
    expected = 128 + 15;
    message = "ended by signal 15";
  }
  for (const GuestCode& guest : {GuestCode().jump_here(), GuestCode().sti().halt_for_ever()}) {
    MachineBench bench(guest);
    bench.host.stop = stop;
    bench.host.looks_before_stop = 2;
    const RunResult result = bench.run();
    CHECK(result.exit_code == expected);
    CHECK(result.message == message);
  }
}

TEST_CASE("a reset after a kernel panic on the console is reported as a panic") {
  GuestCode guest;
  guest.text(kCom1, "Kernel panic - not syncing: no init\n");
  SUBCASE("an emergency restart") {
    MachineBench bench(guest.out8(0xcf9, 0x06));
    const RunResult result = bench.run();
    CHECK(result.reason == StopReason::kGuestPanic);
    CHECK(result.exit_code == kExitGuestPanic);
    CHECK(result.message == "the guest panicked: no init");
  }
  SUBCASE("an orderly restart: the words were only shown") {
    MachineBench bench(guest.text(kCom1, "reboot: Restarting system\n").out8(0xcf9, 0x06));
    CHECK(bench.run().reason == StopReason::kGuestReset);
  }
}

TEST_CASE("the first request counts") {
  MachineBench bench(GuestCode().out32(kDebugExit, 3).out8(0xcf9, 6));
  CHECK(bench.run().exit_code == debug_exit_code(3));
}
