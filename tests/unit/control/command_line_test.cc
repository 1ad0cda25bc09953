#include "machine/control/command_line.h"

#include <doctest/doctest.h>

#include <array>

#include "tests/unit/control/parse.h"

namespace vireo {
namespace {

TEST_CASE("a kernel alone gives the default machine") {
  const MachineConfig config = parse_good({}).config;
  CHECK(config.kernel.kernel_path == "k");
  CHECK(config.kernel.entry == KernelEntry::kFast);
  CHECK(config.memory_bytes == 512 * kMiB);
  CHECK(config.cpu_model == "x86-64-v3");
  CHECK(config.rtc.base == RtcConfig::Base::kFixed);
  CHECK(config.rtc.fixed_unix_seconds == 1767225600);
  CHECK(config.icount.shift == 0);
  CHECK(config.icount.sleep == OnOffAuto::kAuto);
  CHECK_FALSE(config.seed.from_host);
  CHECK_FALSE(config.no_reboot);
}

TEST_CASE("kernel, initrd, command line and entry are taken") {
  const KernelConfig kernel =
      parse_good({"-initrd", "i.img", "-append", "console=ttyS0 a,b", "-kernel-entry", "ordinary"})
          .config.kernel;
  CHECK(kernel.initrd_path == "i.img");
  CHECK(kernel.append == "console=ttyS0 a,b");
  CHECK(kernel.entry == KernelEntry::kOrdinary);
}

TEST_CASE("options may have two dashes, and the last of a kind counts") {
  CHECK(parse_good({"--m", "64", "-m", "1G"}).config.memory_bytes == kGiB);
}

TEST_CASE("memory is in MiB unless a letter says otherwise, rounded up to MiB") {
  CHECK(parse_good({"-m", "256"}).config.memory_bytes == 256 * kMiB);
  CHECK(parse_good({"-m", "size=2G"}).config.memory_bytes == 2 * kGiB);
  CHECK(parse_good({"-m", "20000K"}).config.memory_bytes == 20 * kMiB);
}

TEST_CASE("what a QEMU script says about a plain machine is accepted") {
  const CommandLine line = parse_good({"-M",
                                       "q35",
                                       "-cpu",
                                       "qemu64",
                                       "-smp",
                                       "cpus=1,cores=1",
                                       "-accel",
                                       "tcg,thread=single",
                                       "-nographic",
                                       "-vga",
                                       "none",
                                       "-net",
                                       "none",
                                       "-nic",
                                       "none",
                                       "-monitor",
                                       "none",
                                       "-parallel",
                                       "none",
                                       "-display",
                                       "none",
                                       "-nodefaults",
                                       "-no-user-config",
                                       "-name",
                                       "guest=test",
                                       "-no-reboot",
                                       "-no-shutdown",
                                       "-serial",
                                       "mon:stdio"});
  CHECK(line.notes.empty());
  CHECK(line.config.cpu_model == "qemu64");
  CHECK(line.config.name == "test");
  CHECK(line.config.no_reboot);
  CHECK(line.config.no_shutdown);
}

TEST_CASE("what is kept for gdb to go back to is bounded, or nothing") {
  CHECK(parse_good({"-s"}).gdb_history->most_bytes == uint64_t{1} << 30);
  const CommandLine line =
      parse_good({"-s", "-gdb-history", "64M,states=7,every=5000000"});
  CHECK(line.gdb_history->most_bytes == 64 << 20);
  CHECK(line.gdb_history->most_states == 7);
  CHECK(line.gdb_history->every == 5'000'000);
  CHECK_FALSE(parse_good({"-s", "-gdb-history", "off"}).gdb_history.has_value());
  CHECK(error_of({"-gdb-history", "states=0"}).starts_with("-gdb-history: states=0"));
  CHECK(error_of({"-gdb-history", "much"}).starts_with("-gdb-history: memory=much"));
}

TEST_CASE("machine pc and other accelerators are said to be something else, once") {
  const CommandLine line =
      parse_good({"-machine", "pc,accel=kvm:tcg", "-accel", "kvm", "-enable-kvm", "-accel", "tcg"});
  REQUIRE(line.notes.size() == 2);
  CHECK(line.notes[0] == "machine pc is taken as q35, the machine there is");
  CHECK(line.notes[1] == "runs on its own CPU engine (tcg in -accel lists), not on kvm");
}

TEST_CASE("-smp finds what is left out, cores first") {
  const auto topology = [](std::string_view argument) {
    const CpuTopology t = parse_good({"-smp", argument}).config.topology;
    return std::array{t.sockets, t.cores, t.threads};
  };
  CHECK(topology("4") == std::array{1u, 4u, 1u});
  CHECK(topology("8,sockets=2") == std::array{2u, 4u, 1u});
  CHECK(topology("8,threads=2") == std::array{1u, 4u, 2u});
  CHECK(topology("8,cores=2") == std::array{4u, 2u, 1u});
  CHECK(topology("8,sockets=2,cores=2") == std::array{2u, 2u, 2u});
  CHECK(topology("sockets=2,cores=3,threads=2") == std::array{2u, 3u, 2u});
  CHECK(topology("cpus=64,maxcpus=64") == std::array{1u, 64u, 1u});
}

TEST_CASE("the first serial port is on the terminal unless told otherwise") {
  const ChannelSpec guest_terminal{.kind = ChannelSpec::Kind::kStdio, .mux = true};
  CHECK(parse_good({}).config.serials == std::vector{guest_terminal});
  CHECK(parse_good({"-nographic"}).config.serials == std::vector{guest_terminal});
  CHECK(parse_good({"-nodefaults"}).config.serials.empty());
  CHECK(parse_good({"-monitor", "stdio"}).config.serials[0].kind == ChannelSpec::Kind::kNull);
  CHECK(parse_good({"-chardev", "stdio,id=c"}).config.serials[0].kind ==
        ChannelSpec::Kind::kNull);
  CHECK(parse_good({"-display", "none"}).config.serials ==
        std::vector{ChannelSpec{ChannelSpec::Kind::kNull, "", false}});
}

TEST_CASE("Ctrl-C ends a plain stdio port's program, but not with mon: or -nographic") {
  CHECK(parse_good({"-serial", "stdio"}).config.serials[0].terminal_signals);
  CHECK_FALSE(parse_good({"-serial", "mon:stdio"}).config.serials[0].terminal_signals);
  CHECK_FALSE(parse_good({"-serial", "stdio", "-nographic"}).config.serials[0].terminal_signals);
}

TEST_CASE("two serial ports and the debug console have ends of their own") {
  const MachineConfig config =
      parse_good({"-serial", "file:a log", "-serial", "pty", "-debugcon", "stdio"}).config;
  REQUIRE(config.serials.size() == 2);
  CHECK(config.serials[0] == ChannelSpec{ChannelSpec::Kind::kFile, "a log", false});
  CHECK(config.serials[1].kind == ChannelSpec::Kind::kPty);
  REQUIRE(config.debug_console.has_value());
  CHECK(config.debug_console->iobase == 0xe9);
  CHECK(config.debug_console->channel.kind == ChannelSpec::Kind::kStdio);
}

TEST_CASE("-serial none removes the port") {
  CHECK(parse_good({"-serial", "none"}).config.serials[0].kind == ChannelSpec::Kind::kNone);
}

TEST_CASE("what compares runs is taken") {
  const MachineConfig config =
      parse_good({"-state-trace", "every=5,from=7,to=9,stop=on", "-slices", "random,seed=3"})
          .config;
  CHECK(config.state_trace.every_ns == 5);
  CHECK(config.state_trace.from_ns == 7);
  CHECK(config.state_trace.to_ns == 9);
  CHECK(config.state_trace.stop);
  CHECK(config.slices.kind == Slices::Kind::kRandom);
  CHECK(config.slices.seed == 3);
  CHECK(parse_good({"-slices", "alone"}).config.slices.kind == Slices::Kind::kAlone);
}

TEST_CASE("icount, rtc and seed are taken") {
  const MachineConfig config = parse_good({"-icount", "shift=3,sleep=off", "-rtc",
                                           "base=2000-02-29T01:02:03,clock=vm", "-seed", "0x10"})
                                   .config;
  CHECK(config.icount.shift == 3);
  CHECK(config.icount.sleep == OnOffAuto::kOff);
  CHECK(config.rtc.fixed_unix_seconds == 951786123);
  CHECK(config.seed.value == 16);
  CHECK(parse_good({"-icount", "7"}).config.icount.shift == 7);
  CHECK(parse_good({"-rtc", "base=utc"}).config.rtc.base == RtcConfig::Base::kHostUtc);
  CHECK(parse_good({"-rtc", "base=localtime"}).config.rtc.base == RtcConfig::Base::kHostLocal);
  CHECK(parse_good({"-seed", "random"}).config.seed.from_host);
}

TEST_CASE("trace items and their file are taken") {
  const LogConfig log = parse_good({"-d", "int,exec", "-d", "cpu", "-D", "trace.txt"}).config.log;
  CHECK(log.items == std::vector{LogItem::kInt, LogItem::kExec, LogItem::kCpu});
  CHECK(log.path == "trace.txt");
}

TEST_CASE("windows of the log are taken") {
  const auto window = [](std::string_view text) {
    return parse_good({"-dwindow", text}).config.log.window;
  };
  const TraceWindowConfig whole = parse_good({}).config.log.window;
  CHECK(whole.from == 0);
  CHECK(whole.marker.empty());
  CHECK(window("insns=1000..0x7d0").from == 1000);
  CHECK(window("insns=1000..0x7d0").to == 2000);
  CHECK(window("insns=1000..").to == whole.to);
  CHECK(window("insns=..2000").from == 0);
  CHECK(window("marker=Linux version,until=login: $").marker == "Linux version");
  CHECK(window("marker=Linux version,until=login: $").until == "login: $");
  CHECK(window("marker=a").until.empty());
}

TEST_CASE("what is traced of instructions and events is taken") {
  const MachineConfig config =
      parse_good({"-trace-insns", "i.trace,insns=5..9", "-trace-json", "e.json,events=int:virtio"})
          .config;
  CHECK(config.insn_trace.path == "i.trace");
  CHECK(config.insn_trace.window.from == 5);
  CHECK(config.insn_trace.window.to == 9);
  CHECK(config.events.path == "e.json");
  CHECK(config.events.items == (bit_of(LogItem::kInt) | bit_of(LogItem::kVirtio)));
  const uint32_t all = parse_good({"-trace-json", "e.json"}).config.events.items;
  CHECK((all & bit_of(LogItem::kMachine)) != 0);
  CHECK((all & bit_of(LogItem::kExec)) == 0);
  CHECK(parse_good({"-trace-insns", "i.trace,marker=a,until=b"}).config.insn_trace.window.until ==
        "b");
}

TEST_CASE("code that is traced is named by its addresses") {
  const AddressFilter filter =
      parse_good({"-dfilter", "0x1000..0x1fff,0x8000+0x10"}).config.log.filter;
  CHECK(filter.contains(0x1000));
  CHECK(filter.contains(0x1fff));
  CHECK_FALSE(filter.contains(0x2000));
  CHECK(filter.contains(0x800f));
  CHECK_FALSE(filter.contains(0x8010));
}

TEST_CASE("isa-debug-exit has QEMU's defaults") {
  CHECK_FALSE(parse_good({}).config.debug_exit.has_value());
  const auto plain = parse_good({"-device", "isa-debug-exit"}).config.debug_exit;
  REQUIRE(plain.has_value());
  CHECK(plain->iobase == 0x501);
  CHECK(plain->iosize == 2);
  const auto moved =
      parse_good({"-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"}).config.debug_exit;
  REQUIRE(moved.has_value());
  CHECK(moved->iobase == 0xf4);
  CHECK(moved->iosize == 4);
}

TEST_CASE("-virtio-lint takes its file in the same word, or none") {
  CHECK_FALSE(parse_good({}).config.virtio_lint.on);
  CHECK(parse_good({"-virtio-lint"}).config.virtio_lint.on);
  CHECK(parse_good({"-virtio-lint", "-no-reboot"}).config.no_reboot);
  CHECK(parse_good({"-virtio-lint=report.txt"}).config.virtio_lint.path == "report.txt");
  CHECK(parse_words({"-virtio-lint=help"})->print->find("reset-first") != std::string::npos);
  CHECK(error_of({"-virtio-lnt"}) ==
        "unknown option -virtio-lnt; the nearest is -virtio-lint (see --help)");
}

}  // namespace
}  // namespace vireo
