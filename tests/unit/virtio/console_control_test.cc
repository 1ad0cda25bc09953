// virtio-console with MULTIPORT: what the control queues say, in which order, and when.
#include "tests/unit/virtio/console_rig.h"

namespace vireo::testing {
namespace {

using Rig = ConsoleRig;
using Messages = std::vector<std::string>;

TEST_CASE("CON-02, CON-03: a port is announced, then described when the driver has set it up") {
  TestChannel channels[3];
  Rig rig(channels);
  rig.start();
  rig.offer_controls(12);
  CHECK(rig.messages().empty());
  rig.control(0, 0, 1);
  CHECK(rig.messages() == Messages{"0 1 1 ", "1 1 1 ", "3 1 1 "});
  rig.control(0, 3, 1);
  rig.control(1, 3, 1);
  rig.control(3, 3, 1);
  CHECK(rig.messages() == Messages{"0 1 1 ", "1 1 1 ", "3 1 1 ", "0 4 1 ", "0 6 1 ",
                                   "1 7 1 org.test", "1 6 1 ", "3 6 1 "});
}

TEST_CASE("CON-03: messages wait while the driver gives no buffer") {
  TestChannel channels[3];
  Rig rig(channels);
  rig.start();
  rig.control(0, 0, 1);
  rig.control(1, 3, 1);
  CHECK(rig.messages().empty());
  rig.offer_controls(2);
  CHECK(rig.messages() == Messages{"0 1 1 ", "1 1 1 "});
  for (unsigned i = 2; i < 6; ++i) rig.offer_control(i);
  rig.kick(Rig::kControlRx);
  CHECK(rig.messages() == Messages{"0 1 1 ", "1 1 1 ", "1 7 1 org.test", "1 6 1 ", "3 1 1 "});
}

TEST_CASE("CON-03: a port whose far end comes and goes says so") {
  TestChannel channels[3];
  channels[1].here = false;
  Rig rig(channels);
  rig.start();
  rig.open_ports();
  const size_t before = rig.messages().size();
  rig.transmit(Rig::kTx1, "lost");
  channels[1].here = true;
  rig.device->poll_input();
  rig.settle();
  rig.transmit(Rig::kTx1, "heard");
  channels[1].here = false;
  rig.device->poll_input();
  rig.settle();
  const Messages all = rig.messages();
  CHECK(Messages(all.begin() + static_cast<ptrdiff_t>(before), all.end()) ==
        Messages{"1 6 1 ", "1 6 0 "});
  CHECK(channels[1].out == "heard");
}

TEST_CASE("CON-04: input for a port that the driver has not opened waits outside") {
  TestChannel channels[3];
  Rig rig(channels);
  rig.start();
  rig.offer_controls(12);
  rig.control(0, 0, 1);
  rig.control(1, 3, 1);
  channels[1].type("abc");
  rig.rings[Rig::kRx1].offer(rig.rings[Rig::kRx1].chain({{Rig::kIn, 64, true}}));
  rig.kick(Rig::kRx1);
  CHECK_FALSE(rig.device->poll_input());
  rig.control(1, 6, 1);
  CHECK(rig.device->poll_input());
  rig.settle();
  CHECK(rig.last_used(Rig::kRx1, 1).length == 3);
  rig.control(1, 6, 0);
  channels[1].type("def");
  CHECK_FALSE(rig.device->poll_input());
}

TEST_CASE("CON-04: after a reset all ports are closed and nothing is announced") {
  TestChannel channels[3];
  Rig rig(channels);
  rig.start();
  rig.open_ports();
  rig.start();
  rig.offer_controls(4);
  channels[1].type("abc");
  CHECK_FALSE(rig.device->poll_input());
  CHECK(rig.messages().empty());
}

TEST_CASE("CON-04: messages for ports that are not there, and unknown events, are ignored") {
  TestChannel channels[3];
  Rig rig(channels);
  rig.start();
  rig.offer_controls(4);
  for (const uint32_t port : {2u, 4u, 31u, UINT32_MAX}) {
    for (uint16_t event = 0; event < 10; ++event) {
      if (event != 0) rig.control(port, event, 1);
    }
  }
  rig.control(1, 0xffff, 1);
  rig.send(Rig::kControlTx, {{Rig::kOut, 7, false}});
  CHECK(rig.messages().empty());
  CHECK_FALSE(rig.core.broken());
}

TEST_CASE("the same message asked for many times is kept once") {
  TestChannel channels[3];
  Rig rig(channels);
  rig.start();
  for (int i = 0; i < 1000; ++i) rig.control(0, 0, 1);
  rig.offer_controls(12);
  CHECK(rig.messages().size() == 3);
}

TEST_CASE("CON-05: a console on a terminal tells its size, columns first") {
  TestChannel channels[3];
  channels[0].size = TerminalSize{80, 25};
  Rig rig(channels);
  rig.start();
  rig.offer_controls(8);
  rig.control(0, 3, 1);
  CHECK(rig.messages() == Messages{"0 4 1 ", std::string("0 5 1 P\0\x19\0", 10), "0 6 1 "});
  channels[0].size = TerminalSize{132, 43};
  rig.device->poll_input();
  rig.settle();
  CHECK(rig.messages().back() == std::string("0 5 1 \x84\0+\0", 10));
}

TEST_CASE("a buffer too short for a message takes its beginning") {
  TestChannel channels[3];
  Rig rig(channels);
  rig.start();
  rig.send(Rig::kControlRx, {{Rig::kControl, 5, true}});
  rig.control(0, 0, 1);
  CHECK(rig.last_used(Rig::kControlRx, 1).length == 5);
}

TEST_CASE("virtio-console saves and loads, with input and messages that wait") {
  TestChannel channels[3];
  Rig rig(channels);
  rig.start();
  rig.open_ports();
  channels[1].type("waits");
  rig.device->poll_input();
  rig.control(0, 0, 1);
  rig.control(0, 0, 1);
  rig.settle();
  rig.check_save_and_load();
  rig.send(Rig::kRx1, {{Rig::kIn, 64, true}});
  CHECK(rig.last_used(Rig::kRx1, 1).length == 5);
}

}  // namespace
}  // namespace vireo::testing
