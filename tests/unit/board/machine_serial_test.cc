// Bytes between a guest's UART and the outside.
#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

// Waits for a byte on COM1 by polling and leaves it in al.
void read_byte(GuestCode& guest) {
  // again: mov dx, LSR; in al, dx; test al, 1; jz again
  guest.bytes({0x66, 0xBA, 0xfd, 0x03, 0xEC, 0xA8, 0x01, 0x74, 0xF7});
  guest.in8(kCom1);
}

}  // namespace

TEST_CASE("what a guest sends is on the line, and pushed out at the end") {
  MachineBench bench(GuestCode().text(kCom1, "hello").out8(kDebugExit, 0));
  bench.run();
  CHECK(bench.host.line("serial0").output == "hello");
  CHECK(bench.host.line("serial0").flushes >= 1);
}

TEST_CASE("a start that fails pushes nothing out; a run begins with it") {
  MachineBench bench(GuestCode().hlt());
  SUBCASE("a kernel that is none") {
    bench.host.files["guest"] = std::vector<std::byte>(4096);
    CHECK_FALSE(bench.build().ok());
    CHECK(bench.host.line("serial0").flushes == 0);
  }
  SUBCASE("a guest that says nothing") {
    bench.run();
    CHECK(bench.host.line("serial0").flushes == 2);
  }
}

TEST_CASE("COM2 is the second -serial") {
  MachineBench bench(GuestCode().text(0x2f8, "two").out8(kDebugExit, 0));
  bench.config.serials.push_back({ChannelSpec::Kind::kNull, "", false});
  bench.run();
  CHECK(bench.host.line("serial0").output.empty());
  CHECK(bench.host.line("serial1").output == "two");
}

TEST_CASE("-serial none: there is no port") {
  MachineBench bench(GuestCode().in8(kCom1 + 5).append(exit_with_al()));
  bench.config.serials[0].kind = ChannelSpec::Kind::kNone;
  CHECK(bench.run().exit_code == (debug_exit_code(0xff) & 0xff));
  CHECK(bench.host.lines.empty());
}

TEST_CASE("a third serial port is refused") {
  MachineBench bench(GuestCode().hlt());
  bench.config.serials.resize(3);
  const auto built = bench.build();
  REQUIRE_FALSE(built.ok());
  CHECK(built.error().message.find("-serial") == 0);
}

TEST_CASE("input reaches a guest that polls") {
  GuestCode guest;
  read_byte(guest);
  MachineBench bench(guest.append(exit_with_al()));
  bench.host.line("serial0").input = {'A'};
  CHECK(bench.run().exit_code == (debug_exit_code('A') & 0xff));
}

TEST_CASE("input is taken from outside no faster than the guest takes it") {
  GuestCode guest;
  read_byte(guest);
  MachineBench bench(guest.append(exit_with_al()));
  for (int i = 0; i < 100; ++i) bench.host.line("serial0").input.push_back('A');
  bench.run();
  // One byte for the guest, one for the receiver without FIFO.
  CHECK(bench.host.line("serial0").input.size() >= 98);
}

TEST_CASE("input that comes while the guest sleeps wakes it") {
  GuestCode guest;
  guest.interrupt_gate(0x44, GuestCode().in8(kCom1).append(exit_with_al()).jump_here());
  guest.out8(0x20, 0x11).out8(0x21, 0x40).out8(0x21, 0x04).out8(0x21, 0x01).out8(0x21, 0xef);
  guest.out8(kCom1 + 1, 1).out8(kCom1 + 4, 0x0b);
  MachineBench bench(guest.sti().halt_for_ever());
  bench.host.typed_while_waiting = "B";
  const RunResult result = bench.run();
  CHECK(result.exit_code == (debug_exit_code('B') & 0xff));
  CHECK(bench.host.waits.size() == 1);
}

TEST_CASE("the debug console writes to its channel and answers reads") {
  MachineBench bench(GuestCode().text(0xe9, "dbg").in8(0xe9).append(exit_with_al()));
  bench.config.debug_console = DebugConsoleConfig{};
  CHECK(bench.run().exit_code == (debug_exit_code(0xe9) & 0xff));
  CHECK(bench.host.line("debugcon").output == "dbg");
}
