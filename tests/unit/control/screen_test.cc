// Commands about the screen.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "machine/control/monitor/command.h"
#include "tests/unit/board/machine_bench.h"
#include "tests/unit/control/qmp/qmp_bench.h"
#include "tests/unit/board/snapshot_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Watcher : MachineBench {
  Watcher() : MachineBench(GuestCode().jump_here()) { config.vga = VgaKind::kStandard; }
  std::string type(const std::string& line) {
    if (machine == nullptr) REQUIRE(build().ok());
    ControlPanel panel = machine->panel();
    const auto result = run_command(panel, line);
    return result.ok() ? *result : "Error: " + result.error().message;
  }
};

}  // namespace

TEST_CASE("monitor: screendump writes the form that is asked for, or that the name tells") {
  const SnapshotFolder folder;
  const std::string file = folder.file("screen");
  Watcher watcher;
  CHECK(watcher.type("screendump " + file).empty());
  CHECK(content(file).substr(0, 14) == "P6\n640 480\n255");
  CHECK(watcher.type("screendump " + file + " -f png").empty());
  CHECK(content(file).substr(1, 3) == "PNG");
  CHECK(watcher.type("screendump " + file + ".png").empty());
  CHECK(content(file + ".png") == content(file));
  CHECK(watcher.type("info screen") == "a picture of 640 by 480 points, without text\n");
}

TEST_CASE("monitor: a screendump that cannot be made says why and changes no file") {
  const SnapshotFolder folder;
  const std::string file = folder.file("kept");
  std::ofstream(file) << "kept";
  Watcher watcher;
  CHECK(watcher.type("screendump " + file + " -f gif") == "Error: '-f gif': give -f png or -f ppm");
  CHECK(watcher.type("screendump " + file + "/below").find("Error: ") == 0);
  CHECK(content(file) == "kept");
  watcher.machine.reset();
  watcher.config.vga = VgaKind::kNone;
  CHECK(watcher.type("screendump " + file) ==
        "Error: the machine has no screen; start it with -vga std or -device virtio-gpu-pci");
  CHECK(content(file) == "kept");
}

TEST_CASE("qmp: screendump writes PPM unless PNG is asked for") {
  const SnapshotFolder folder;
  const std::string file = folder.file("screen.png");
  QmpBench bench;
  bench.config.vga = VgaKind::kStandard;
  CHECK(bench.execute("screendump", {{"filename", file}}) == Json{{"return", Json::object()}});
  CHECK(content(file).substr(0, 2) == "P6");
  CHECK(bench.execute("screendump", {{"filename", file}, {"format", "png"}, {"head", 0}}) ==
        Json{{"return", Json::object()}});
  CHECK(content(file).substr(1, 3) == "PNG");
  for (const auto& wrong : {Json{{"format", "gif"}}, Json{{"device", "vga"}}, Json{{"head", 1}}}) {
    Json arguments = wrong;
    arguments["filename"] = file;
    CHECK(bench.execute("screendump", arguments).contains("error"));
  }
}

TEST_CASE("qmp: a card that comes while the machine runs is its screen") {
  const SnapshotFolder folder;
  const std::string file = folder.file("screen");
  QmpBench bench;
  PciBridgeConfig port;
  port.id = "port";
  port.model = "pcie-root-port";
  bench.config.pci_bridges = {port};
  CHECK(bench.execute("screendump", {{"filename", file}}).contains("error"));
  CHECK(bench.execute("device_add", {{"driver", "virtio-gpu-pci"},
                                     {"id", "card"},
                                     {"bus", "port"},
                                     {"xres", 320},
                                     {"yres", 240}})
            .contains("return"));
  CHECK(bench.execute("screendump", {{"filename", file}}).contains("return"));
  CHECK(content(file).substr(0, 11) == "P6\n320 240\n");
}

TEST_CASE("monitor: the mouse moves and clicks") {
  Watcher watcher;
  CHECK(watcher.type("mouse_button 8") ==
        "Error: 8 is no state of three buttons; give 0 to 7");
  CHECK(watcher.type("mouse_move 1 x") == "Error: dy: 'x' is no number");
  IoSpace& ports = watcher.machine->panel().core.ports;
  const auto heard = [&ports] {
    std::vector<uint64_t> bytes;
    while ((ports.read(0x64, 1) & 1) != 0) bytes.push_back(ports.read(0x60, 1));
    return bytes;
  };
  ports.write(0x64, 1, 0xd4);
  ports.write(0x60, 1, 0xf4);
  CHECK(heard() == std::vector<uint64_t>{0xfa});
  CHECK(watcher.type("mouse_button 2").empty());
  CHECK(heard() == std::vector<uint64_t>{0x0c, 0, 0});
  CHECK(watcher.type("mouse_move 3 -5 1").empty());
  CHECK(heard() == std::vector<uint64_t>{0x0c, 3, 5});
}

TEST_CASE("qmp: input-send-event moves the mouse and presses its buttons") {
  QmpBench bench;
  const auto send = [&bench](const Json& event) {
    return bench.execute("input-send-event", {{"events", Json::array({event})}});
  };
  const auto button = [](const char* name, bool down) {
    return Json{{"type", "btn"}, {"data", {{"button", name}, {"down", down}}}};
  };
  const auto move = [](const char* axis, int by) {
    return Json{{"type", "rel"}, {"data", {{"axis", axis}, {"value", by}}}};
  };
  CHECK(send(button("left", true)).contains("return"));
  IoSpace& ports = bench.machine->panel().core.ports;
  ports.write(0x64, 1, 0xd4);
  ports.write(0x60, 1, 0xf4);
  CHECK(ports.read(0x60, 1) == 0xfa);
  CHECK(send(move("y", 4)).contains("return"));
  CHECK(ports.read(0x60, 1) == 0x29);
  CHECK(ports.read(0x60, 1) == 0);
  CHECK(ports.read(0x60, 1) == 0xfc);
  CHECK(send(button("left", false)).contains("return"));
  CHECK(ports.read(0x60, 1) == 0x08);
  CHECK(send(button("wheel-up", true)).contains("return"));
  for (const Json& wrong : {button("fourth", true), move("z", 1), Json{{"type", "abs"}}, Json(1)}) {
    CHECK(send(wrong).contains("error"));
  }
}
