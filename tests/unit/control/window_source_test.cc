// What a user does in the window comes to keyboard and mouse; the screen comes to the window.
#include "machine/control/window/window_source.h"

#include <doctest/doctest.h>

#include "machine/board/press_keys.h"
#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

struct FakeWindow final : Window {
  bool ready = true;
  std::vector<PictureSize> shown;
  std::string title;
  bool wants_picture() override { return ready; }
  void show(Picture picture) override { shown.push_back(picture.size); }
  void set_title(std::string text) override { title = std::move(text); }
  void set_tablet(bool on) override { tablet = on; }
  bool tablet = false;
};

struct WindowBench : MachineBench {
  WindowBench() : MachineBench(GuestCode().jump_here()) {
    config.vga = VgaKind::kStandard;
    config.name = "guest";
    start();
  }
  void start() {
    REQUIRE(build().ok());
    panel.emplace(machine->panel());
    auto channel = panel->chardevs.open({.kind = ChannelSpec::Kind::kWindow}, "window");
    REQUIRE(channel.ok());
    source = std::make_unique<WindowSource>(*panel, std::move(*channel), window);
  }
  bool send(const WindowEvent& event) {
    const WindowEventBytes bytes = encode(event);
    auto& input = host.line("window").input;
    input.insert(input.end(), bytes.begin(), bytes.end());
    return source->poll_input();
  }
  // All that the keyboard controller has.
  std::vector<int> bytes_of_controller() {
    std::vector<int> bytes;
    IoSpace& ports = panel->core.ports;
    while ((ports.read(0x64, 1) & 1) != 0) bytes.push_back(static_cast<int>(ports.read(0x60, 1)));
    return bytes;
  }
  void to_mouse(unsigned value) {
    panel->core.ports.write(0x64, 1, 0xd4);
    panel->core.ports.write(0x60, 1, value);
  }

  std::shared_ptr<FakeWindow> window = std::make_shared<FakeWindow>();
  std::optional<ControlPanel> panel;
  std::unique_ptr<WindowSource> source;
};

using Bytes = std::vector<int>;

}  // namespace

TEST_CASE_FIXTURE(WindowBench, "keys by their places on the keyboard") {
  CHECK(send({WindowInput::kKey, 4, 1}));
  CHECK(send({WindowInput::kKey, 4, 0}));
  CHECK(bytes_of_controller() == Bytes{0x1e, 0x9e});
  send({WindowInput::kKey, 0xe4, 1});
  CHECK(bytes_of_controller() == Bytes{0xe0, 0x1d});
  for (const int16_t nobodys : {0, 3, 72, 200, 999, -1}) send({WindowInput::kKey, nobodys, 1});
  CHECK(bytes_of_controller().empty());
}

TEST_CASE_FIXTURE(WindowBench, "the mouse moves down as the screen counts, with its buttons") {
  to_mouse(0xf4);
  CHECK(bytes_of_controller() == Bytes{0xfa});
  send({WindowInput::kMove, 5, 3});
  CHECK(bytes_of_controller() == Bytes{0x28, 5, 0xfd});
  send({WindowInput::kButtons, 1});
  CHECK(bytes_of_controller() == Bytes{0x09, 0, 0});
  send({WindowInput::kMove, -1, 0});
  CHECK(bytes_of_controller() == Bytes{0x19, 0xff, 0});
}

TEST_CASE_FIXTURE(WindowBench, "closing the window ends the run") {
  CHECK_FALSE(panel->run.quit_wanted());
  send({WindowInput::kClose});
  CHECK(panel->run.quit_wanted());
}

TEST_CASE_FIXTURE(WindowBench, "what is no event is ignored") {
  CHECK(send({static_cast<WindowInput>(0), 1, 1}));
  CHECK(send({static_cast<WindowInput>(200), 1, 1}));
  CHECK(bytes_of_controller().empty());
}

TEST_CASE_FIXTURE(WindowBench, "pictures come when the window wants one and there is another") {
  window->ready = false;
  source->poll_input();
  CHECK(window->shown.empty());
  window->ready = true;
  source->poll_input();
  CHECK(window->shown == std::vector<PictureSize>{{640, 480}});
  CHECK(window->title == "vireo guest");
  source->poll_input();
  CHECK(window->shown.size() == 1);
  panel->core.ports.write(0x1ce, 4, 1 | 320 << 16);
  panel->core.ports.write(0x1ce, 4, 2 | 200 << 16);
  panel->core.ports.write(0x1ce, 4, 4 | 1 << 16);
  source->poll_input();
  CHECK(window->shown.size() == 1);  // no time has passed
  panel->core.clock.skip_idle(1);
  source->poll_input();
  CHECK(window->shown.size() == 2);
  panel->run.stop();
  source->poll_input();
  CHECK(window->title == "vireo guest [stopped]");
}

namespace {

// With a card and input devices of virtio, whose drivers are played as far as DRIVER_OK.
struct VirtioWindowBench : WindowBench {
  VirtioWindowBench() {
    source.reset();
    machine.reset();
    config.vga = VgaKind::kNone;
    add("virtio-gpu-pci", GpuConfig{});
    add("virtio-keyboard-pci", InputConfig{{.kind = InputKind::kKeyboard}});
    add("virtio-tablet-pci", InputConfig{{.kind = InputKind::kTablet}});
    start();
  }
  void add(const char* model, VirtioTypeConfig type) {
    VirtioDeviceConfig device;
    device.model = model;
    device.id = model;
    device.type = std::move(type);
    config.virtio_devices.push_back(std::move(device));
  }
  VirtioCore& core(const char* id) { return panel->virtio.find(id)->function->core(); }
  void run_driver(const char* id) {
    core(id).write_status(3, VirtioInterface::kModern);
    core(id).write_driver_features(1, 1, VirtioInterface::kModern);
    core(id).write_status(11, VirtioInterface::kModern);
    core(id).write_status(15, VirtioInterface::kModern);
  }
};

}  // namespace

TEST_CASE("keys go to the virtio keyboard once its driver runs") {
  VirtioWindowBench bench;
  bench.send({WindowInput::kKey, 4, 1});
  CHECK(bench.bytes_of_controller() == Bytes{0x1e});
  bench.run_driver("virtio-keyboard-pci");
  for (int i = 0; i < 100; ++i) bench.send({WindowInput::kKey, 4, 1});
  CHECK(bench.bytes_of_controller().empty());
}

TEST_CASE("the window hears of a tablet whose driver runs, and the tablet of the pointer") {
  VirtioWindowBench bench;
  bench.send({WindowInput::kPoint, 100, 200});
  CHECK_FALSE(bench.window->tablet);
  bench.run_driver("virtio-tablet-pci");
  bench.send({WindowInput::kButtons, 1});
  CHECK(bench.window->tablet);
  CHECK(mouse_buttons(*bench.panel) == 1);
  bench.send({WindowInput::kPoint, -1, 32767});
  bench.send({WindowInput::kMove, 3, 3});
  CHECK(mouse_buttons(*bench.panel) == 1);
}

TEST_CASE("the window's size is offered to the driver of the card") {
  VirtioWindowBench bench;
  CHECK(bench.panel->screens.picture().size == PictureSize{1280, 800});
  bench.send({WindowInput::kSize, 900, 600});
  CHECK(bench.panel->screens.picture().size == PictureSize{900, 600});
  CHECK(bench.core("virtio-gpu-pci").read_config(0, 4) == 1);
  bench.send({WindowInput::kSize, -5, 0});
  CHECK(bench.panel->screens.picture().size == PictureSize{900, 600});
}
