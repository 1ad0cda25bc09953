// The monitor's commands that look at processors, memory and ports.
#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "machine/control/monitor/command.h"
#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

// Runs commands as one monitor does.
struct Typist : MachineBench {
  explicit Typist(const GuestCode& guest = GuestCode().jump_here()) : MachineBench(guest) {}
  std::string type(std::string_view line) {
    if (machine == nullptr) REQUIRE(build().ok());
    if (!panel) panel.emplace(machine->panel());
    const auto result = run_command(*panel, line);
    return result.ok() ? *result : "Error: " + result.error().message;
  }
  std::optional<ControlPanel> panel;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("monitor: x shows memory in each format, at an address that may be an expression") {
  Typist typist;
  CHECK(typist.type("x /2xb $rip") == "0000000000100000: 0xeb 0xfe\n");
  CHECK(typist.type("x/2xb 0x80000*2") == "0000000000100000: 0xeb 0xfe\n");
  CHECK(typist.type("xp /1xh 1048576") == "0000000000100000: 0xfeeb\n");
  CHECK(has(typist.type("x/i $rip"), "0x0000000000100000:  jmp"));
  CHECK(typist.type("x 0xffff900000000000") ==
        "Error: there is no RAM at linear address 0xffff900000000000");
  CHECK(typist.type("xp 0xfee00000") == "Error: there is no RAM at physical address 0xfee00000");
  CHECK(has(typist.type("xp /8xb 0xfffffc"), "there is no RAM at physical address 0x1000000"));
  CHECK(typist.type("x /3z 0") ==
        "Error: '/3z' is no format such as /4xw: a count, one of x d u o c i and one of b h w g");
  CHECK(typist.type("x") == "Error: address is missing: x [fmt] address");
}

TEST_CASE("monitor: p computes") {
  Typist typist;
  CHECK(typist.type("p $rip + 1") == "0x100001\n");
  CHECK(typist.type("print /d 2-3") == "-1\n");
  CHECK(typist.type("p $nothing") == "Error: there is no register '$nothing'");
}

TEST_CASE("monitor: memory is summed and saved to files") {
  Typist typist;
  CHECK(typist.type("sum 0x100000 2") == fmt::format("{:05}\n", 0x8173));
  const std::string path = "monitor_inspect_test.bin";
  CHECK(typist.type("memsave $rip 2 " + path).empty());
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  CHECK(bytes == "\xeb\xfe");
  CHECK(typist.type("pmemsave 0x1000000 1 " + path) ==
        "Error: there is no RAM at physical address 0x1000000");
  std::remove(path.c_str());
}

TEST_CASE("monitor: ports are read and written") {
  Typist typist;
  CHECK(typist.type("i /b 0x3fd") == "portb 0x03fd = 0x60\n");
  CHECK(typist.type("o /b 0x3ff 0x5a").empty());
  CHECK(typist.type("i/b 0x3ff") == "portb 0x03ff = 0x5a\n");
  CHECK(has(typist.type("i /b 0x10000"), "Error: ports are"));
}

TEST_CASE("monitor: each of several processors can be chosen") {
  Typist typist;
  typist.config.topology = {1, 2, 1};
  CHECK(has(typist.type("info cpus"), "* CPU #0: pc=0x0000000000100000"));
  CHECK(typist.type("cpu 1").empty());
  CHECK(has(typist.type("info cpus"), "* CPU #1"));
  CHECK(has(typist.type("info lapic"), "local APIC 1"));
  CHECK(typist.type("cpu 2") == "Error: there is no CPU 2; the machine has 2");
  CHECK(has(typist.type("info registers -a"), "CPU#1\nRAX="));
  CHECK(typist.type("info registers -b") == "Error: '-b' is not -a, which shows all CPUs");
}

TEST_CASE("monitor: interrupt controllers and address spaces are shown") {
  Typist typist;
  CHECK(has(typist.type("info pic"), "pic0: irr="));
  CHECK(has(typist.type("info pic"), "  pin 23 0000000000010000 to physical 0x00 vector 0x00"));
  CHECK(has(typist.type("info irq"), "interrupts sent"));
  CHECK(has(typist.type("info mtree"), "  0000000000000000-000000000009ffff RAM\n"));
  CHECK(has(typist.type("info mtree"), "  03f8-03ff serial0\n"));
  CHECK(has(typist.type("info mem"), "rw\n"));
  CHECK(has(typist.type("info tlb"), "0000000000000000: 0000000000000000"));
}

TEST_CASE("monitor: a key reaches the keyboard controller, pressed and released") {
  Typist typist;
  CHECK(typist.type("sendkey a").empty());
  CHECK(typist.type("i /b 0x60") == "portb 0x0060 = 0x1e\n");  // set 1, as it is translated
  CHECK(typist.type("i /b 0x60") == "portb 0x0060 = 0x9e\n");
  CHECK(typist.type("sendkey ctrl-alt-delete 100").empty());
  CHECK(typist.type("i /b 0x60") == "portb 0x0060 = 0x1d\n");
  CHECK(typist.type("sendkey ctlr-a") == "Error: there is no key 'ctlr'; the nearest is 'ctrl'");
  CHECK(has(typist.type("sendkey -"), "Error: there is no key ''"));
}

TEST_CASE("monitor: an NMI comes to a guest that is not ready for it") {
  Typist typist;
  CHECK(typist.type("nmi").empty());
  CHECK(typist.run().reason == StopReason::kTripleFault);
}
