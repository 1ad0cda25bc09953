// The monitor's line, its commands, and what a schedule does with them.
#include "machine/control/monitor/monitor.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "machine/control/monitor/command.h"
#include "machine/control/monitor/line_editor.h"
#include "machine/control/monitor/schedule.h"
#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

// Feeds keys; returns what a terminal would show, with "[line]" for each that was entered.
std::string typed(LineEditor& editor, std::string_view keys) {
  std::string text;
  for (const char key : keys) {
    const LineEditor::Step step = editor.feed(static_cast<uint8_t>(key));
    text += step.echo;
    if (step.line) text += "[" + *step.line + "]";
  }
  return text;
}

std::string run(MachineBench& bench, std::string_view line) {
  ControlPanel panel = bench.machine->panel();
  const auto result = run_command(panel, line);
  return result.ok() ? *result : "Error: " + result.error().message;
}

struct Said {
  std::vector<std::string> lines;
  std::function<void(const std::string&)> take() {
    return [this](const std::string& line) { lines.push_back(line); };
  }
};

}  // namespace

TEST_CASE("a line is echoed, corrected and entered") {
  LineEditor editor;
  CHECK(typed(editor,
              "ab\x7f"
              "c\r") == "ab\b \bc\n[ac]");
  CHECK(typed(editor, "xy\x15z\n") == "xy\b \b\b \bz\n[z]");
  CHECK(typed(editor, "x\x03") == "x\n[]");
  CHECK(typed(editor, "\r\n") == "\n[]");
  CHECK(typed(editor, "\n\n") == "\n[]\n[]");
}

TEST_CASE("the arrows call back former lines") {
  LineEditor editor;
  typed(editor, "one\rtwo\r");
  CHECK(typed(editor, "\x1b[A\r") == "two\n[two]");
  CHECK(typed(editor, "\x1b[A\x1b[A\x1b[A\x1b[B\r").find("[two]") != std::string::npos);
  CHECK(typed(editor, "\x1b[B\x1b[Cx\r") == "x\n[x]");
}

TEST_CASE("a line has a bound") {
  LineEditor editor;
  CHECK(typed(editor, std::string(5000, 'a') + "\r").size() < 2100);
}

TEST_CASE("commands: names, aliases, arguments and their errors") {
  CHECK(parse_command("q")->row == find_command("quit"));
  CHECK(parse_command("  info   status ")->row == find_command("info status"));
  CHECK(parse_command("")->row == nullptr);
  CHECK(parse_command("# remark")->row == nullptr);
  CHECK(parse_command("device_add  a,b=c d ")->arguments.text("device") == "a,b=c d");
  CHECK(parse_command("ringbuf_read \"my ring\" 4K")->arguments.text("chardev") == "my ring");
  CHECK(parse_command("ringbuf_read r 4K")->arguments.number("size") == 4096);
  CHECK(parse_command("ringbuf_read r x").error().message ==
        "size 'x' is not a size such as 64K, 512M or 2G");
  CHECK(parse_command("info blok").error().message ==
        "unknown command 'info blok'; the nearest is 'info block' (help lists all)");
  CHECK(parse_command("device_add").error().message == "device is missing: device_add device");
}

TEST_CASE("no command occurs twice and each has its help") {
  std::vector<std::string_view> names;
  for (const CommandRow* row : command_rows()) {
    CHECK(find_command(row->name) == row);
    CHECK_FALSE(row->help.empty());
    for (size_t i = 0; i + 1 < row->parameters.size(); ++i) CHECK_FALSE(row->parameters[i].rest);
  }
}

TEST_CASE("a bare number counts MiB where QEMU's monitor has it so") {
  const auto size = [](std::string_view line) {
    return parse_command(line)->arguments.number("size");
  };
  CHECK(size("block_resize d 3") == 3 * kMiB);
  CHECK(size("block_resize d 3K") == 3072);
  CHECK(size("ringbuf_read r 3") == 3);
}

// A machine with disk "disk" on drive "d" and a card on network "n".
struct BackEndBench : MachineBench {
  BackEndBench() : MachineBench(GuestCode().hlt()) {
    image->bytes.resize(64 * 512);
    host.images["disk.img"] = image;
    host.networks["n"] = std::make_unique<SilentNetwork>();
    DriveConfig& drive = config.drives.emplace_back();
    drive.id = "d";
    drive.path = "disk.img";
    config.netdevs.push_back({"n", "-netdev user,id=n", 1, UserNetSpec{}});
    BlkConfig blk;
    blk.drive = "d";
    add("disk", "virtio-blk-pci", blk);
    NetConfig net;
    net.netdev = "n";
    add("card", "virtio-net-pci", net);
    REQUIRE(build().ok());
  }
  void add(const std::string& id, const std::string& model, const VirtioTypeConfig& type) {
    VirtioDeviceConfig& device = config.virtio_devices.emplace_back();
    device.id = id;
    device.model = model;
    device.type = type;
  }
  std::shared_ptr<MemoryFile::State> image = std::make_shared<MemoryFile::State>();
};

TEST_CASE("BLK-11: block_resize changes the disk by its drive or its device") {
  BackEndBench bench;
  CHECK(run(bench, "block_resize d 64K").empty());
  CHECK(bench.image->bytes.size() == 64 << 10);
  CHECK(run(bench, "block_resize disk 1").empty());
  CHECK(bench.image->bytes.size() == 1 << 20);
  CHECK(run(bench, "block_resize disk 700B") ==
        "Error: 700 bytes: a disk has one or more blocks of 512");
  CHECK(run(bench, "block_resize d 0") == "Error: 0 bytes: a disk has one or more blocks of 512");
  CHECK(run(bench, "block_resize e 1M") == "Error: there is no disk 'e'; the nearest is 'd'");
  bench.image->fail_writes = true;
  CHECK(run(bench, "block_resize d 2M") == "Error: disk.img: no space");
  CHECK(bench.image->bytes.size() == 1 << 20);
}

TEST_CASE("NET-05: set_link pulls the cable of the card and info network shows it") {
  BackEndBench bench;
  constexpr std::string_view kNothing =
      "received 0 frames, 0 bytes in 0 batches, 0 dropped; sent 0 frames, 0 bytes in 0 batches, 0 "
      "dropped\n";
  const auto shown = [&](std::string_view link) {
    return fmt::format("card (virtio-net0): n, silence: link {}; {}", link, kNothing);
  };
  CHECK(run(bench, "info network") == shown("up"));
  CHECK(run(bench, "set_link n off").empty());
  CHECK(run(bench, "info network") == shown("down"));
  CHECK(run(bench, "set_link card on").empty());
  CHECK(run(bench, "info network") == shown("up"));
  CHECK(run(bench, "set_link m on") == "Error: there is no network 'm'; the nearest is 'n'");
  CHECK(run(bench, "announce_self").empty());
}

TEST_CASE("without a disk or card there is nothing to resize or unplug") {
  MachineBench bench(GuestCode().hlt());
  REQUIRE(bench.build().ok());
  CHECK(run(bench, "block_resize d 1M") == "Error: there is no disk 'd', nor any other");
  CHECK(run(bench, "set_link n off") == "Error: there is no network 'n', nor any other");
  CHECK(run(bench, "announce_self") == "Error: the machine has no network card");
  CHECK(run(bench, "info network") == "no network cards\n");
}

TEST_CASE("every info command shows something on a machine with a disk") {
  MachineBench bench(GuestCode().hlt());
  auto image = std::make_shared<MemoryFile::State>();
  image->bytes.resize(64 * 512);
  bench.host.images["disk.img"] = image;
  DriveConfig& drive = bench.config.drives.emplace_back();
  drive.id = "d";
  drive.path = "disk.img";
  VirtioDeviceConfig& device = bench.config.virtio_devices.emplace_back();
  device.id = "disk";
  device.model = "virtio-blk-pci";
  BlkConfig blk;
  blk.drive = "d";
  device.type = blk;
  REQUIRE(bench.build().ok());
  for (const CommandRow* row : command_rows()) {
    if (row->name.substr(0, 4) != "info" || !row->parameters.empty()) continue;
    CHECK_MESSAGE(!run(bench, row->name).empty(), row->name);
  }
  CHECK(run(bench, "info status") == "VM status: running\ntime 0.000000000 s, 0 instructions\n");
  CHECK(run(bench, "info block") == "disk (virtio-blk0): drive d, disk.img\n");
  CHECK(run(bench, "info pci").find("02.0 virtio-blk0: class 0100, 1af4:1001") !=
        std::string::npos);
  CHECK(run(bench, "info pci").find("BAR0: I/O at 0x") != std::string::npos);
  CHECK(run(bench, "info qtree").find("  02.0 virtio-blk-pci, disk (virtio-blk0)\n") !=
        std::string::npos);
  CHECK(run(bench, "info virtio") == "disk (virtio-blk0): virtio-blk-pci, reset\n");
  CHECK(run(bench, "info chardev") == "serial0: null, used by serial0\n");
  CHECK(run(bench, "help device_del").find("device_del id") != std::string::npos);
  CHECK(run(bench, "device_add isa-debug-exit") ==
        "Error: device_add isa-debug-exit: only virtio devices can be added to a running machine");
  CHECK(run(bench, "device_del nobody") == "Error: there is no device 'nobody'");
}

TEST_CASE("a monitor greets, answers and ends the run") {
  MachineBench bench(GuestCode().jump_here());
  REQUIRE(bench.build().ok());
  ControlPanel panel = bench.machine->panel();
  auto channel = panel.chardevs.open({.kind = ChannelSpec::Kind::kPty}, "monitor0");
  REQUIRE(channel.ok());
  Monitor monitor(panel, std::move(*channel));
  FakeLine& line = bench.host.line("monitor0");
  for (const char key : std::string("stop\ninfo status\nfoo\nq\n")) line.input.push_back(key);
  CHECK(bench.run().reason == StopReason::kUserQuit);
  CHECK(line.output.find("VM status: paused\r\n") != std::string::npos);
  CHECK(line.output.find("Error: unknown command 'foo'") != std::string::npos);
  CHECK(line.output.find("(vireo) ") != std::string::npos);
}

TEST_CASE("a scheduled command runs at its instruction") {
  MachineBench bench(GuestCode().jump_here());
  REQUIRE(bench.build().ok());
  Said said;
  const Schedule schedule({{"", 2'000'000, "quit"}, {"", 1'000'000, "info version"}},
                          bench.machine->panel(), said.take());
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kUserQuit);
  CHECK(result.instructions == 2'000'000);
  REQUIRE(said.lines.size() == 2);
  CHECK(said.lines[0].find("at 0.001000000 s: info version\nvireo ") == 0);
  CHECK(said.lines[1] == "at 0.002000000 s: quit");
}

TEST_CASE("a scheduled command follows the first line that matches its marker") {
  MachineBench bench(GuestCode().text(kCom1, "not yet\nready 1\nready 2\n").jump_here());
  REQUIRE(bench.build().ok());
  Said said;
  const Schedule schedule(
      {{"^ready", 5'000, "quit"}, {"ready", 0, "info version"}, {"never", 0, "stop"}},
      bench.machine->panel(), said.take());
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kUserQuit);
  // Three instructions for each character; the last one of "not yet\nready 1\n", still under
  // way when it is told, ends the line.
  CHECK(result.instructions == 16 * 3 - 1 + 5'000);
  REQUIRE(said.lines.size() == 2);
  CHECK(said.lines[0].find("info version") != std::string::npos);
}

TEST_CASE("an error of a scheduled command is told and the run goes on") {
  MachineBench bench(GuestCode().jump_here());
  REQUIRE(bench.build().ok());
  Said said;
  const Schedule schedule({{"", 1'000, "device_del x"}, {"", 2'000, "quit"}},
                          bench.machine->panel(), said.take());
  bench.run();
  REQUIRE(said.lines.size() == 2);
  CHECK(said.lines[0] == "at 0.000001000 s: device_del x: there is no device 'x'");
}
