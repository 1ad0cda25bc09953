// A machine that is run backwards by gdb's packets.
#include <doctest/doctest.h>

#include "tests/unit/control/gdb/scripted_client.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

// mov ecx, 5; L (0x100005): inc rax; mov [0x200000], eax; D (0x100011): dec ecx; jnz L; then, at
// 0x100015, it ends with 5.
GuestCode storing_guest() {
  GuestCode code;
  code.bytes({0xB9, 5, 0, 0, 0, 0x48, 0xFF, 0xC0, 0xA3, 0, 0, 0x20, 0, 0, 0, 0, 0});
  return std::move(code.bytes({0xFF, 0xC9, 0x75, 0xF0}).append(exit_with_al()));
}

}  // namespace

TEST_CASE("gdb: backwards to the breakpoint met before, again and again") {
  GdbBench bench(storing_guest());
  bench.talk_through({"Z0,100011,1", "c", "c", "c", "bc", "p0", "bc", "p0", "bc", "p0", "c", "p0",
                      "k"});
  CHECK(bench.answer_has(4, "T05thread:1;swbreak:;"));
  CHECK(bench.answer_has(4, "10:1100100000000000;"));
  CHECK(bench.answer(5) == "0200000000000000");
  CHECK(bench.answer(7) == "0100000000000000");
  CHECK(bench.answer_has(8, "replaylog:begin;"));
  CHECK(bench.answer(9) == "0000000000000000");
  CHECK(bench.answer(11) == "0100000000000000");
}

TEST_CASE("gdb: steps backwards undo one instruction each") {
  GdbBench bench(storing_guest());
  bench.talk_through({"Z0,100011,1", "c", "c", "z0,100011,1", "bs", "m200000,1", "bs", "p0", "bs",
                      "bs", "s", "k"});
  CHECK(bench.answer_has(4, "10:0800100000000000;"));
  CHECK(bench.answer(5) == "01");
  CHECK(bench.answer_has(6, "10:0500100000000000;"));
  CHECK(bench.answer(7) == "0100000000000000");
  CHECK(bench.answer_has(8, "10:1300100000000000;"));
  CHECK(bench.answer_has(9, "10:1100100000000000;"));
  CHECK(bench.answer_has(10, "10:1300100000000000;"));
}

TEST_CASE("gdb: backwards to whoever wrote, with what was there before") {
  GdbBench bench(storing_guest());
  bench.talk_through({"Z0,100015,1", "c", "Z2,200000,4", "bc", "m200000,1", "bc", "m200000,1", "s",
                      "m200000,1", "k"});
  CHECK(bench.answer_has(3, "watch:200000;"));
  CHECK(bench.answer_has(3, "10:0800100000000000;"));
  CHECK(bench.answer(4) == "04");
  CHECK(bench.answer_has(5, "watch:200000;"));
  CHECK(bench.answer(6) == "03");
  CHECK(bench.answer(8) == "04");
}

TEST_CASE("gdb: at the first moment there is nothing to go back to") {
  GdbBench bench(storing_guest());
  bench.talk_through({"bs", "bc", "p10", "k"});
  CHECK(bench.answer_has(0, "replaylog:begin;"));
  CHECK(bench.answer_has(1, "replaylog:begin;"));
  CHECK(bench.answer(2) == "0000100000000000");
}

TEST_CASE("gdb: a run that was taken back and forth ends as one that was not") {
  MachineBench plain(storing_guest());
  const RunResult wanted = plain.run();
  GdbBench bench(storing_guest());
  const RunResult result =
      bench.talk_through({"Z0,100015,1", "c", "Z2,200000,4", "bc", "bc", "bs", "bs", "z2,200000,4",
                          "c", "c"});
  CHECK(result.exit_code == wanted.exit_code);
  CHECK(result.instructions == wanted.instructions);
  CHECK(bench.machine->state_hash() == plain.machine->state_hash());
}

TEST_CASE("gdb: what is changed in the past has another future") {
  GdbBench bench(storing_guest());
  const RunResult result = bench.talk_through(
      {"Z0,100011,1", "c", "c", "c", "bc", "P0=0700000000000000", "z0,100011,1", "c"});
  CHECK(result.exit_code == debug_exit_code(10));  // 7 and the 3 that are left
}

TEST_CASE("gdb: a client that goes in the middle of a way back leaves a machine that runs on") {
  GdbBench bench(storing_guest());
  REQUIRE(bench.build().ok());
  bench.talk.vanishes = true;
  CHECK(bench.talk_through({"Z0,100015,1", "c", "bs", "bs"}).exit_code == debug_exit_code(5));
}

TEST_CASE("gdb: without kept states the machine is not said to go back, and does not") {
  GdbBench bench(storing_guest());
  bench.history.reset();
  bench.talk_through({"qSupported", "s", "P0=0100000000000000", "bs", "bc", "s", "k"});
  CHECK_FALSE(bench.answer_has(0, "Reverse"));
  CHECK(bench.answer(3) == "E01");
  CHECK(bench.answer(4) == "E01");
  CHECK(bench.answer_has(5, "10:0800100000000000;"));
  CHECK_FALSE(bench.machine->panel().time_travel.enabled());
}
