// A debugger's conversation with a machine, by the packets of the protocol.
#include <doctest/doctest.h>

#include "machine/control/gdb/hex.h"
#include "tests/unit/control/gdb/scripted_client.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

// At 1 MiB: mov ecx, 3; L (0x100005): inc rax; dec ecx; jnz L; hlt and jmp to it (0x10000c)
GuestCode counting_guest() {
  return std::move(
      GuestCode().bytes({0xB9, 3, 0, 0, 0, 0x48, 0xFF, 0xC0, 0xFF, 0xC9, 0x75, 0xF9}).jump_here());
}

}  // namespace

TEST_CASE("gdb: what is offered, and the description of the registers") {
  GdbBench bench(counting_guest());
  bench.talk_through({"qSupported:xmlRegisters=i386", "qXfer:features:read:target.xml:0,ffff",
                      "qXfer:features:read:target.xml:0,10", "qAttached", "vMustReplyEmpty",
                      "vCont?", "k"});
  CHECK(bench.answer_has(0, "PacketSize=4000"));
  CHECK(bench.answer_has(0, "swbreak+;hwbreak+"));
  CHECK(bench.answer(1).substr(0, 7) == "l<?xml ");
  CHECK(bench.answer(2) == "m<?xml version=\"1");
  CHECK(bench.answer(3) == "1");
  CHECK(bench.answer(4).empty());
  CHECK(bench.answer(5) == "vCont;c;C;s;S;r");
}

TEST_CASE("gdb: registers are read and written by number and together") {
  GdbBench bench(counting_guest());
  bench.talk_through({"p10", "P0=8877665544332211", "p0", "g", "p11", "pff", "P0=12", "p38",
                      "P38=801f0000", "Pzz", "k"});
  CHECK(bench.answer(0) == "0000100000000000");  // rip
  CHECK(bench.answer(1) == "OK");
  CHECK(bench.answer(2) == "8877665544332211");
  CHECK(bench.answer(3).substr(0, 16) == "8877665544332211");
  CHECK(bench.answer(4).size() == 8);  // eflags
  CHECK(bench.answer(5) == "E03");
  CHECK(bench.answer(6) == "E16");
  CHECK(bench.answer(7) == "801f0000");  // mxcsr
  CHECK(bench.answer(8) == "OK");
  CHECK(bench.answer(9) == "E03");
}

TEST_CASE("gdb: registers that would switch the mode keep their values") {
  GdbBench bench(counting_guest());
  // cr0 is number 60: off with PG. cs is 18. An efer without LME; a cr4 without PAE.
  bench.talk_through({"P3c=0000000000000000", "P12=00000000", "p3c", "P41=0000000000000000",
                      "P3f=0000000000000000", "P40=ff00000000000000", "k"});
  for (const size_t refused : {0, 1, 3, 4, 5}) CHECK(bench.answer(refused) == "E01");
  CHECK(bench.answer(2) != "0000000000000000");
}

TEST_CASE("gdb: memory is read and written, virtual and physical, in digits and in bytes") {
  GdbBench bench(counting_guest());
  bench.talk_through({"m100000,5", "M100000,1:b8", "m100000,1", "x100000,2", "X100001,1:\x07",
                      "m100001,1", "Qqemu.PhyMemMode:1", "qqemu.PhyMemMode", "m100000,1",
                      "mf0000000000,4", "Mf0000000000,1:00", "m100000", "m0,ffffffffffffffff",
                      "k"});
  CHECK(bench.answer(0) == "b903000000");
  CHECK(bench.answer(1) == "OK");
  CHECK(bench.answer(2) == "b8");
  CHECK(bench.answer(3) == "b\xb8\x03");
  CHECK(bench.answer(4) == "OK");
  CHECK(bench.answer(5) == "07");
  CHECK(bench.answer(7) == "1");
  CHECK(bench.answer(8) == "b8");
  CHECK(bench.answer(9) == "E0e");
  CHECK(bench.answer(10) == "E0e");
  CHECK(bench.answer(11) == "E16");
  CHECK(bench.answer(12).size() <= kMaxGdbPacket);
}

TEST_CASE("gdb: breakpoints stop, and are told by their kind") {
  GdbBench bench(counting_guest());
  bench.talk_through({"Z0,100008,1", "c", "p0", "Z1,100005,1", "z0,100008,1", "c", "p0",
                      "z1,100005,1", "Z1,10000c,1", "vCont;c", "p0", "z1,100009,1", "Z9,0,0", "k"});
  CHECK(bench.answer_has(1, "T05thread:1;swbreak:;"));
  CHECK(bench.answer_has(1, "10:0800100000000000;"));
  CHECK(bench.answer(2) == "0100000000000000");
  CHECK(bench.answer_has(5, "hwbreak:;"));
  CHECK(bench.answer(6) == "0100000000000000");
  CHECK(bench.answer_has(9, "T05thread:1;hwbreak:;"));
  CHECK(bench.answer(10) == "0300000000000000");
  CHECK(bench.answer(11) == "OK");  // as often as one likes
  CHECK(bench.answer(12) == "E16");
}

TEST_CASE("gdb: watchpoints name what was touched") {
  GdbBench bench(std::move(GuestCode().store32(0x200000, 7).load32(0x200004).jump_here()));
  bench.talk_through({"Z2,200001,1", "c", "Z3,200004,2", "c", "z2,200001,1", "z3,200004,2", "k"});
  CHECK(bench.answer_has(1, "watch:200001;"));
  CHECK(bench.answer_has(3, "rwatch:200004;"));
}

TEST_CASE("gdb: steps, and a range stepped through in one go") {
  GdbBench bench(counting_guest());
  bench.talk_through({"s", "vCont;s:1", "vCont;r100005,10000c:1;c", "s10000c", "vCont;x", "k"});
  CHECK(bench.answer_has(0, "10:0500100000000000;"));
  CHECK(bench.answer_has(1, "10:0800100000000000;"));
  CHECK(bench.answer_has(2, "10:0c00100000000000;"));
  CHECK(bench.answer_has(3, "10:0c00100000000000;"));
  CHECK(bench.answer(4) == "E16");
}

TEST_CASE("gdb: Ctrl-C stops a machine that runs") {
  GdbBench bench(counting_guest());
  bench.talk_through({"c", "\x03", "?", "k"});
  CHECK(bench.answer_has(0, "T02thread:1;"));
  CHECK(bench.answer_has(1, "T05thread:1;"));
}

TEST_CASE("gdb: threads are the processors") {
  GdbBench bench(counting_guest());
  bench.config.topology.cores = 3;
  bench.talk_through({"qfThreadInfo", "qsThreadInfo", "qThreadExtraInfo,1", "qThreadExtraInfo,3",
                      "T3", "T4", "Hg3", "p10", "Hg0", "Hc-1", "Hg9", "Hx1", "k"});
  CHECK(bench.answer(0) == "m1,2,3");
  CHECK(bench.answer(1) == "l");
  CHECK(bench.answer(2) == to_hex("vCPU 0 [running]"));
  CHECK(bench.answer(3) == to_hex("vCPU 2 [halted]"));
  CHECK(bench.answer(4) == "OK");
  CHECK(bench.answer(5) == "E03");
  CHECK(bench.answer(7) == "f0ff000000000000");  // where a processor waits for its start
  CHECK(bench.answer(8) == "OK");
  CHECK(bench.answer(9) == "OK");
  CHECK(bench.answer(10) == "E03");
  CHECK(bench.answer(11) == "E16");
}

TEST_CASE("gdb: monitor commands show what the monitor shows") {
  GdbBench bench(counting_guest());
  const std::string status = "qRcmd," + to_hex("info status");
  const std::string wrong = "qRcmd," + to_hex("foo");
  bench.talk_through({status.c_str(), wrong.c_str(), "qRcmd,zz", "k"});
  CHECK(bench.answer(0) == "O" + to_hex("VM status: paused\ntime 0.000000000 s, 0 instructions\n"));
  CHECK(bench.answer(1) == "OK");
  CHECK(bench.answer_has(2, to_hex("Error: unknown command 'foo'")));
  CHECK(bench.answer(4) == "E16");
}

TEST_CASE("gdb: the client is told how the run ended") {
  GdbBench bench(std::move(GuestCode().bytes({0xB0, 5}).append(exit_with_al())));
  const RunResult result = bench.talk_through({"c"});
  CHECK(result.exit_code == debug_exit_code(5));
  CHECK(bench.answer(0) == "W0b");
}

TEST_CASE("gdb: after detaching, or when the client vanishes, the machine goes on without stops") {
  for (const bool vanishes : {false, true}) {
    CAPTURE(vanishes);
    GdbBench bench(std::move(GuestCode().bytes({0xB0, 5}).append(exit_with_al())));
    REQUIRE(bench.build().ok());
    bench.talk.vanishes = vanishes;
    const RunResult result = vanishes ? bench.talk_through({"Z0,100002,1"})
                                      : bench.talk_through({"Z0,100002,1", "D"});
    CHECK(result.exit_code == debug_exit_code(5));
  }
}

TEST_CASE("gdb: a machine that stood still before stays so when the client has only looked") {
  GdbBench bench(std::move(GuestCode().bytes({0xB0, 5}).append(exit_with_al())));
  REQUIRE(bench.build().ok());
  bench.machine->panel().run.stop();
  bench.talk.vanishes = true;
  bench.host.looks_before_stop = 50;
  const RunResult result = bench.talk_through({"p0"});
  CHECK(result.reason == StopReason::kSignal);
  CHECK(result.instructions == 0);
}

TEST_CASE("gdb: a run with stops and looks is the run without") {
  const auto guest = [] {
    return std::move(counting_guest().bytes({0xB0, 5}).append(exit_with_al()));
  };
  GuestCode code;
  code.bytes({0xB9, 3, 0, 0, 0, 0x48, 0xFF, 0xC0, 0xFF, 0xC9, 0x75, 0xF9});
  code.store32(0x200000, 7).bytes({0xB0, 5}).append(exit_with_al());
  (void)guest;
  MachineBench plain(code);
  const RunResult wanted = plain.run();
  GdbBench bench(code);
  const RunResult result =
      bench.talk_through({"Z0,100005,1", "Z2,200000,4", "c", "g", "m100000,100", "s", "c", "s", "s",
                          "c", "z0,100005,1", "c", "s", "qRcmd,696e666f20737461747573", "c"});
  CHECK(result.exit_code == wanted.exit_code);
  CHECK(result.instructions == wanted.instructions);
  CHECK(bench.machine->state_hash() == plain.machine->state_hash());
}

TEST_CASE("gdb: packets that mean nothing are refused or not known, and harm nothing") {
  GdbBench bench(counting_guest());
  bench.talk_through({"vCont;s:9", "Z0,1", "Z0,zz,1", "M0,1", "X0,9:a", "P", "H",
                      "qXfer:features:read:target.xml:fffff,1", "Qqemu.sstep=0", "Qqemu.sstep=1",
                      "qqemu.sstep", "kill", "cxyz", "!", "k"});
  for (size_t i = 0; i < bench.talk.answers.size(); ++i) {
    CAPTURE(i);
    if (i == 9)
      CHECK(bench.answer(i) == "OK");
    else if (i == 10)
      CHECK(bench.answer(i) == "0x1");
    else
      CHECK((bench.answer(i).empty() || bench.answer(i).front() == 'E'));
  }
}
