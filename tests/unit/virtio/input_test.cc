// virtio-input: what the devices tell of themselves, events as packets, LEDs.
#include <algorithm>
#include <cstring>
#include <iterator>

#include "tests/unit/virtio/device_bench.h"
#include "virtio/input/evdev_keys.h"
#include "virtio/input/input_device.h"

namespace vireo::testing {
namespace {

using namespace virtio_input;
using Events = std::vector<virtio_input::Event>;

struct InputBench {
  explicit InputBench(InputKind kind, const DriverStyle& style = {})
      : InputBench(VirtioInputOptions{.kind = kind}, style) {}
  explicit InputBench(const VirtioInputOptions& options, const DriverStyle& style = {})
      : device(options), bench(machine, device, style) {
    bench.start();
  }

  // The configuration as a driver reads it.
  Config config(Select select, uint8_t subsel) {
    bench.core.write_config(0, 1, static_cast<uint8_t>(select));
    bench.core.write_config(1, 1, subsel);
    Config config;
    auto* bytes = reinterpret_cast<uint8_t*>(&config);
    for (uint32_t i = 0; i < sizeof config; ++i) {
      bytes[i] = static_cast<uint8_t>(bench.core.read_config(i, 1));
    }
    return config;
  }
  bool bit(Select select, uint8_t subsel, unsigned number) {
    const Config found = config(select, subsel);
    return number / 8 < found.size && (found.bytes[number / 8] >> number % 8 & 1) != 0;
  }
  void offer(unsigned buffers, uint32_t room = 8) {
    for (unsigned i = 0; i < buffers; ++i) bench.submit(kEventQueue, {}, room);
    bench.settle();
  }
  Events heard() {
    bench.settle();
    Events events;
    for (const Answer& answer : bench.answers(kEventQueue)) {
      if (answer.used_length != 8) continue;
      std::memcpy(&events.emplace_back(), answer.room.data(), 8);
    }
    return events;
  }
  void status(const virtio_input::Event& event) {
    Bytes bytes(8);
    std::memcpy(bytes.data(), &event, 8);
    bench.exchange(kStatusQueue, bytes, 0);
  }

  BenchMachine machine;
  VirtioInput device;
  DeviceBench bench;
};

constexpr virtio_input::Event kSyn{kEvSyn, kSynReport, 0};

TEST_CASE("INP-01: names, serial number and ids are told as they are asked for") {
  InputBench input({.kind = InputKind::kMouse, .serial = "s123"});
  const Config name = input.config(Select::kIdName, 0);
  CHECK(std::string(name.bytes, name.bytes + name.size) == "vireo Virtio Mouse");
  const Config serial = input.config(Select::kIdSerial, 0);
  CHECK(std::string(serial.bytes, serial.bytes + serial.size) == "s123");
  const Config ids = input.config(Select::kIdDevids, 0);
  CHECK(ids.size == 8);
  CHECK(Bytes(ids.bytes, ids.bytes + 8) == Bytes{6, 0, 0x27, 0x06, 2, 0, 1, 0});
  CHECK(ids.select == Select::kIdDevids);
}

TEST_CASE("INP-01: what there is not has no size, and all other bytes are zero") {
  InputBench input(InputKind::kKeyboard);
  for (const Select select : {Select::kUnset, Select::kPropBits, Select::kAbsInfo,
                              static_cast<Select>(0x13), static_cast<Select>(0xff)}) {
    const Config config = input.config(select, 0);
    CHECK(config.size == 0);
    CHECK(std::count(std::begin(config.bytes), std::end(config.bytes), 0) == 128);
  }
  CHECK(input.config(Select::kIdName, 1).size == 0);
  CHECK(input.config(Select::kEvBits, kEvAbs).size == 0);
  CHECK(input.config(Select::kEvBits, 0xff).size == 0);
}

TEST_CASE("INP-01: a keyboard has keys, repeats them, and has LEDs") {
  InputBench input(InputKind::kKeyboard);
  CHECK(input.bit(Select::kEvBits, kEvKey, *evdev_key("a")));
  CHECK(input.bit(Select::kEvBits, kEvKey, *evdev_key("meta_r")));
  CHECK_FALSE(input.bit(Select::kEvBits, kEvKey, 0));
  CHECK_FALSE(input.bit(Select::kEvBits, kEvKey, kBtnLeft));
  CHECK(input.config(Select::kEvBits, kEvRep).size == 1);
  CHECK(input.config(Select::kEvBits, kEvLed).bytes[0] == 7);
  CHECK(input.config(Select::kEvBits, kEvRel).size == 0);
}

TEST_CASE("INP-01: a mouse has ways to move, a tablet has places; both have buttons and a wheel") {
  InputBench mouse(InputKind::kMouse);
  CHECK(mouse.bit(Select::kEvBits, kEvRel, kRelX));
  CHECK(mouse.bit(Select::kEvBits, kEvRel, kRelWheel));
  CHECK(mouse.bit(Select::kEvBits, kEvKey, kBtnMiddle));
  CHECK(mouse.config(Select::kEvBits, kEvAbs).size == 0);
  CHECK(mouse.config(Select::kAbsInfo, kAbsX).size == 0);

  InputBench tablet(InputKind::kTablet);
  CHECK_FALSE(tablet.bit(Select::kEvBits, kEvRel, kRelX));
  CHECK(tablet.bit(Select::kEvBits, kEvRel, kRelWheel));
  CHECK(tablet.bit(Select::kEvBits, kEvAbs, kAbsY));
  const Config axis = tablet.config(Select::kAbsInfo, kAbsY);
  CHECK(axis.size == 20);
  CHECK(Bytes(axis.bytes, axis.bytes + 8) == Bytes{0, 0, 0, 0, 0xff, 0x7f, 0, 0});
  CHECK(tablet.config(Select::kAbsInfo, 2).size == 0);

  InputBench plain({.kind = InputKind::kTablet, .wheel_axis = false});
  CHECK(plain.config(Select::kEvBits, kEvRel).size == 0);
}

TEST_CASE("INP-01: the driver can write nothing but what it asks for") {
  InputBench input(InputKind::kKeyboard);
  input.config(Select::kIdName, 0);
  for (uint32_t at = 2; at < 136; ++at) input.bench.core.write_config(at, 1, 0xff);
  const Config name = input.config(Select::kIdName, 0);
  CHECK(std::string(name.bytes, name.bytes + name.size) == "vireo Virtio Keyboard");
}

TEST_CASE("INP-01: a key is a packet of two events, in every style of driver") {
  for (const DriverStyle& style : driver_styles()) {
    if (style.legacy) continue;  // the type has no legacy form
    CAPTURE(style.name());
    InputBench input(InputKind::kKeyboard, style);
    input.offer(8);
    CHECK(input.device.turn_key(30, true));
    CHECK(input.device.turn_key(30, false));
    CHECK(input.heard() == Events{{kEvKey, 30, 1}, kSyn, {kEvKey, 30, 0}, kSyn});
  }
}

TEST_CASE("INP-01: a mouse tells moves, wheel and the buttons that changed") {
  InputBench input(InputKind::kMouse);
  input.offer(32);
  CHECK(input.device.point({.dx = 3, .dy = -2, .x = 5, .wheel = 1, .buttons = 5}));
  CHECK(input.heard() == Events{{kEvRel, kRelX, 3},
                                {kEvRel, kRelY, static_cast<uint32_t>(-2)},
                                {kEvRel, kRelWheel, 1},
                                {kEvKey, kBtnLeft, 1},
                                {kEvKey, kBtnMiddle, 1},
                                kSyn});
  CHECK(input.device.point({.buttons = 1}));
  CHECK(input.heard() == Events{{kEvKey, kBtnMiddle, 0}, kSyn});
  CHECK(input.device.point({.buttons = 1}));
  CHECK(input.heard().empty());
}

TEST_CASE("INP-01: a tablet tells places, which have an end") {
  InputBench input(InputKind::kTablet);
  input.offer(32);
  CHECK(input.device.point({.dx = 9, .x = 100, .y = 0xffff}));
  CHECK(input.heard() == Events{{kEvAbs, kAbsX, 100}, {kEvAbs, kAbsY, 0x7fff}, kSyn});
  CHECK(input.device.point({.y = 7}));
  CHECK(input.heard() == Events{{kEvAbs, kAbsY, 7}, kSyn});
}

TEST_CASE("INP-01: events wait for buffers, and come in their order") {
  InputBench input(InputKind::kKeyboard);
  CHECK(input.device.turn_key(30, true));
  CHECK(input.heard().empty());
  input.offer(1);
  CHECK(input.heard() == Events{{kEvKey, 30, 1}});
  input.offer(3, 4);  // too small
  CHECK(input.heard().empty());
  input.offer(2);
  CHECK(input.heard() == Events{kSyn});
}

TEST_CASE("INP-01: what does not fit is lost whole") {
  InputBench input(InputKind::kMouse);
  unsigned kept = 0;
  while (kept < 1000 && input.device.point({.dx = 1, .dy = 1})) ++kept;
  CHECK(kept == VirtioInput::kMaxWaiting / 3);
  CHECK_FALSE(input.device.point({.dx = 1, .dy = 1, .buttons = 1}));
  CHECK(input.device.buttons() == 0);
  Events all;
  while (all.size() < 3 * kept) {
    input.offer(3);
    const Events more = input.heard();
    REQUIRE(more.size() == 3);
    CHECK(more.back() == kSyn);
    all.insert(all.end(), more.begin(), more.end());
  }
  input.offer(3);
  CHECK(input.heard().empty());
}

TEST_CASE("INP-01: LEDs are what the driver last said; other words of it are ignored") {
  InputBench input(InputKind::kKeyboard);
  input.status({kEvLed, kLedCapsLock, 1});
  input.status({kEvLed, kLedNumLock, 7});
  CHECK(input.device.leds() == 3);
  input.status({kEvLed, kLedNumLock, 0});
  input.status({kEvLed, 9, 1});
  input.status({kEvRep, 0, 1});
  input.bench.exchange(kStatusQueue, {1, 2, 3}, 0);
  input.bench.exchange(kStatusQueue, {}, 16);
  CHECK(input.device.leds() == 2);
}

TEST_CASE("virtio-input saves and loads with what waits; a reset forgets it") {
  InputBench input(InputKind::kMouse);
  CHECK(input.device.point({.dx = 4, .buttons = 2}));
  input.config(Select::kIdName, 0);
  Archive saved = Archive::saver();
  input.device.visit(saved);
  input.device.reset();
  CHECK(input.device.buttons() == 0);
  Archive loader = Archive::loader(saved.bytes());
  input.device.visit(loader);
  CHECK(loader.ok());
  CHECK(loader.at_end());
  Archive again = Archive::saver();
  input.device.visit(again);
  CHECK(again.bytes() == saved.bytes());
  input.offer(8);
  CHECK(input.heard() == Events{{kEvRel, kRelX, 4}, {kEvKey, kBtnRight, 1}, kSyn});
  CHECK(input.device.point({.dx = 1, .buttons = 2}));
  input.bench.start();
  input.offer(4);
  CHECK(input.heard().empty());
}

TEST_CASE("INP-01: keys have the numbers of evdev") {
  CHECK(evdev_key("esc") == 1);
  CHECK(evdev_key("ret") == 28);
  CHECK(evdev_key("spc") == 57);
  CHECK(evdev_key("f12") == 88);
  CHECK(evdev_key("kp_enter") == 96);
  CHECK(evdev_key("delete") == 111);
  CHECK(evdev_key("menu") == 127);
  CHECK_FALSE(evdev_key("").has_value());
  CHECK_FALSE(evdev_key("nothing").has_value());
  CHECK_FALSE(is_evdev_key(200));
}

}  // namespace
}  // namespace vireo::testing
