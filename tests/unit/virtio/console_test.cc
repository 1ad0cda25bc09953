// virtio-console: output, input that is held, and the emergency register.
#include "tests/unit/virtio/console_rig.h"

namespace vireo::testing {
namespace {

using Rig = ConsoleRig;

TEST_CASE("CON-01: what port 0 transmits reaches its channel, without MULTIPORT as well") {
  for (const auto via : {VirtioInterface::kModern, VirtioInterface::kLegacy}) {
    for (const uint64_t features : {uint64_t{0}, ~uint64_t{0}}) {
      TestChannel channels[3];
      Rig rig(channels);
      rig.start(features, via);
      rig.transmit(Rig::kTx0, "hello");
      CHECK(channels[0].out == "hello");
      CHECK(rig.last_used(Rig::kTx0, 1).length == 0);
    }
  }
}

TEST_CASE("CON-01: input is told with its exact length, and waits while there is no buffer") {
  TestChannel channels[3];
  Rig rig(channels);
  rig.start(0);
  channels[0].type("0123456789");
  CHECK(rig.device->poll_input());
  rig.settle();
  CHECK(rig.used(Rig::kRx0) == 0);
  rig.send(Rig::kRx0, {{Rig::kIn, 4, true}});
  CHECK(rig.last_used(Rig::kRx0, 1).length == 4);
  CHECK(rig.text(Rig::kIn, 4) == "0123");
  rig.send(Rig::kRx0, {{Rig::kIn, 2, true}, {Rig::kIn + 8, 64, true}});
  CHECK(rig.last_used(Rig::kRx0, 2).length == 6);
  CHECK(rig.text(Rig::kIn + 8, 4) == "6789");
  CHECK((rig.interrupted & 1) != 0);
}

TEST_CASE("CON-01: a buffer given before the input is used when it comes") {
  TestChannel channels[3];
  Rig rig(channels);
  rig.start(0);
  rig.send(Rig::kRx0, {{Rig::kIn, 64, true}});
  CHECK(rig.used(Rig::kRx0) == 0);
  CHECK_FALSE(rig.device->poll_input());
  channels[0].type("x");
  CHECK(rig.device->poll_input());
  rig.settle();
  CHECK(rig.last_used(Rig::kRx0, 1).length == 1);
}

TEST_CASE("CON-01: a buffer to transmit that the device may write is handed back unsent") {
  TestChannel channels[3];
  Rig rig(channels);
  rig.start(0);
  rig.put(Rig::kOut, "secret");
  rig.send(Rig::kTx0, {{Rig::kOut, 6, false}, {Rig::kIn, 6, true}});
  CHECK(rig.last_used(Rig::kTx0, 1).length == 0);
  CHECK(channels[0].out.empty());
  rig.transmit(Rig::kTx0, "next");
  CHECK(channels[0].out == "next");
}

TEST_CASE("input stays outside until a driver runs") {
  TestChannel channels[3];
  channels[0].type("early");
  Rig rig(channels);
  CHECK_FALSE(rig.device->poll_input());
  rig.negotiate(0);
  rig.enable_queues();
  CHECK_FALSE(rig.device->poll_input());
  CHECK(channels[0].in.size() == 5);
  rig.driver_ok();
  CHECK(rig.device->poll_input());
}

TEST_CASE("at most a page of input is taken ahead of the driver") {
  TestChannel channels[3];
  Rig rig(channels);
  rig.start(0);
  channels[0].type(std::string(10000, 'x'));
  CHECK(rig.device->poll_input());
  CHECK_FALSE(rig.device->poll_input());
  CHECK(channels[0].in.size() == 10000 - ConsolePort::kInputBytes);
}

TEST_CASE("CON-05: the emergency register writes at any time, its low byte") {
  TestChannel channels[3];
  Rig rig(channels);
  rig.core.write_config(8, 4, 0xffffff00 | 'A');
  rig.core.write_config(8, 1, 'B');
  rig.core.write_config(9, 1, 'C');
  rig.core.write_config(4, 8, uint64_t{'D'} << 32);
  CHECK(channels[0].out == "ABD");
}

TEST_CASE("CON-05: without EMERG_WRITE the register is none") {
  TestChannel channels[3];
  Rig rig(channels, {.max_ports = 4, .emergency_write = false});
  CHECK((rig.device->device_features() & virtio_console::kEmergencyWrite) == 0);
  rig.core.write_config(8, 4, 'A');
  CHECK(channels[0].out.empty());
}

TEST_CASE("CON-05: the size is offered for a terminal, and a change tells the driver") {
  TestChannel channels[3];
  CHECK((Rig(channels).device->device_features() & virtio_console::kSize) == 0);
  channels[0].size = TerminalSize{80, 25};
  Rig rig(channels, {.max_ports = 1});
  rig.start();
  CHECK(rig.core.read_config(0, 4) == (25u << 16 | 80));
  CHECK(rig.core.read_config(4, 4) == 1);
  const uint8_t generation = rig.core.read_generation();
  channels[0].size = TerminalSize{132, 43};
  rig.device->poll_input();
  CHECK(rig.config_interrupts == 1);
  CHECK(rig.core.read_generation() != generation);
  CHECK(rig.core.read_config(0, 4) == (43u << 16 | 132));
}

TEST_CASE("one port only: no MULTIPORT, two queues") {
  TestChannel channels[3];
  Rig rig(channels, {.max_ports = 1});
  CHECK(rig.device->queue_count() == 2);
  CHECK((rig.device->device_features() & virtio_console::kMultiport) == 0);
}

TEST_CASE("a chain of enormous length is cut, not copied for ever") {
  TestChannel channels[3];
  Rig rig(channels);
  rig.start(0);
  rig.send(Rig::kTx0, std::vector<Piece>(16, {0, Rig::kRam, false}));
  CHECK(channels[0].out.size() == ConsolePort::kMaxTransmit);
  CHECK(rig.used(Rig::kTx0) == 1);
}

TEST_CASE("port numbers are checked") {
  TestChannel channel;
  const ConsolePortSpec port{.number = 2, .console = false, .name = {}, .channel = &channel};
  const auto error = [](const auto& made) { return made.ok() ? "" : made.error().message; };
  CHECK(error(VirtioConsole::create({.max_ports = 2}, {port})).find("nr=2") != std::string::npos);
  CHECK(error(VirtioConsole::create({}, {port, port})).find("two ports") != std::string::npos);
  CHECK(VirtioConsole::create({}, {port}).ok());
}

}  // namespace
}  // namespace vireo::testing
