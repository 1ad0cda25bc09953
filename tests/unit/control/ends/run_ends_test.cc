// The options that end a run by what the guest prints, or how far it comes.
#include "machine/control/ends/run_ends.h"

#include "machine/control/ends/exit_report.h"
#include "tests/unit/board/machine_bench.h"
#include "tests/unit/host/temp_folder.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

// Runs a guest that prints `text` and then exits with `code` or waits for ever.
struct EndsBench {
  MachineBench machine;
  EndsConfig config;

  explicit EndsBench(GuestCode guest) : machine(guest) { REQUIRE(machine.build().ok()); }
  EndsBench(const char* text, unsigned code)
      : EndsBench(GuestCode().text(kCom1, text).out8(kDebugExit, static_cast<uint8_t>(code))) {}

  RunResult run() {
    auto ends = RunEnds::create(config, machine.machine->panel());
    REQUIRE_MESSAGE(ends.ok(), ends.error().message);
    return (*ends)->judge(machine.run());
  }
};

GuestCode printing(const char* text) { return std::move(GuestCode().text(kCom1, text)); }
GuestCode powering_off(const char* text) {
  return std::move(GuestCode().text(kCom1, text).out16(0x604, 0x2000));
}

}  // namespace

TEST_CASE("-until ends the run at the line, with success") {
  EndsBench bench(printing("one\nready\n").jump_here());
  bench.config.until = {"^re.*y$"};
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kUntil);
  CHECK(result.exit_code == 0);
  CHECK(result.message.empty());
  // The instruction that printed the newline was the last one.
  CHECK(result.instructions == 3 * std::string_view("one\nready\n").size());
}

TEST_CASE("-until sees a prompt when the guest pauses after it") {
  EndsBench bench(printing("login: ").jump_here());
  bench.config.until = {"login: $"};
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kUntil);
  CHECK(result.virtual_ns >= LineWatch::kPauseNs);
}

TEST_CASE("a run that ends before -until is met has failed") {
  EndsBench bench(powering_off("one\n"));
  bench.config.until = {"ready"};
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kNotReached);
  CHECK(result.exit_code == kExitNotReached);
}

TEST_CASE("what the run prints last without an end is seen") {
  EndsBench bench(powering_off("one\nready"));
  bench.config.until = {"ready"};
  CHECK(bench.run().exit_code == 0);
}

TEST_CASE("the guest's own exit code stands when -until is not met") {
  EndsBench bench("one\n", 3);
  bench.config.until = {"ready"};
  CHECK(bench.run().exit_code == debug_exit_code(3));
}

TEST_CASE("-fail-on ends the run and shows the line, before -until of the same line") {
  EndsBench bench(printing("one\nBUG: ready\n").jump_here());
  bench.config.until = {"ready"};
  bench.config.fail_on = {"nothing", "BUG"};
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kFailOn);
  CHECK(result.exit_code == kExitFailOn);
  CHECK(result.message == "-fail-on: the guest printed: BUG: ready");
}

TEST_CASE("the limits end a run where they say") {
  EndsBench instructions(printing("").jump_here());
  instructions.config.limit_instructions = 12'345;
  const RunResult counted = instructions.run();
  CHECK(counted.reason == StopReason::kLimit);
  CHECK(counted.exit_code == kExitLimit);
  CHECK(counted.instructions == 12'345);

  EndsBench time(printing("").jump_here());
  time.config.limit_ns = 54'321;
  CHECK(time.run().virtual_ns == 54'321);
}

TEST_CASE("-serial-expect lets a run be that prints what is expected") {
  const TempFolder folder;
  EndsBench bench(powering_off("one\r\ntwo\r\n"));
  bench.config.serial_expect = folder.make("golden", "one\ntwo\n");
  CHECK(bench.run().reason == StopReason::kGuestPowerOff);
}

TEST_CASE("-serial-expect ends the run at the first other line, and tells where") {
  const TempFolder folder;
  EndsBench bench(printing("one\ntwo\n").jump_here());
  bench.config.serial_expect = folder.make("golden", "one\nzwei\n");
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kSerialDiffers);
  CHECK(result.exit_code == kExitSerialDiffers);
  CHECK(result.message.find("at instruction 23") != std::string::npos);
  CHECK(result.message.find("golden:2: the guest printed something else") != std::string::npos);
  CHECK(result.message.find("\n  - zwei\n  + two") != std::string::npos);
}

TEST_CASE("-serial-expect misses lines that never came") {
  const TempFolder folder;
  EndsBench bench(powering_off("one\n"));
  bench.config.serial_expect = folder.make("golden", "one\ntwo\n");
  CHECK(bench.run().exit_code == kExitSerialDiffers);
}

TEST_CASE("an expected log that is not there is an error that names it") {
  EndsBench bench("", 0);
  bench.config.serial_expect = "/nonexistent/golden";
  const auto ends = RunEnds::create(bench.config, bench.machine.machine->panel());
  REQUIRE(!ends.ok());
  CHECK(ends.error().message.find("/nonexistent/golden") != std::string::npos);
}

TEST_CASE("equal runs have equal exit reports, which hold the end and the counts") {
  std::string first;
  for (int i = 0; i < 2; ++i) {
    MachineBench bench(GuestCode().text(kCom1, "x").out8(kDebugExit, 2));
    REQUIRE(bench.build().ok());
    const RunResult result = bench.run();
    const std::string json = ExitReport::of(*bench.machine, result).json();
    if (i == 1) CHECK(json == first);
    first = json;
  }
  for (const char* part :
       {"\"schema\": \"vireo-exit-report/1\"", "\"reason\": \"debug-exit\"", "\"exit_code\": 5",
        "\"instructions\": 6", "\"state_hash\": \"0x", "\"cpu0\": {", "\"instructions\": 6"}) {
    CHECK_MESSAGE(first.find(part) != std::string::npos, part);
  }
}

TEST_CASE("a report of what the guest said is UTF-8 whatever that was") {
  ExitReport report{{StopReason::kFailOn, 18, "\xff\xfe", 1, 2}, std::nullopt, {}};
  CHECK(report.json().find("\"message\": \"\xef\xbf\xbd\xef\xbf\xbd\"") != std::string::npos);
}
