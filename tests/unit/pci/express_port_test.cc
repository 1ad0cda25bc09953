#include "pci/express_port.h"

#include <doctest/doctest.h>

#include "pci/resource_assignment.h"
#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

using testing::BusTestbed;
using testing::SampleFunction;

constexpr PciAddress kPort{0, 4, 0};
constexpr PciAddress kCard{1, 0, 0};
constexpr unsigned kExpress = 0x40;  // the first capability
constexpr unsigned kLinkCapabilities = kExpress + 0x0c;
constexpr unsigned kLinkControl = kExpress + 0x10;
constexpr unsigned kLinkStatus = kExpress + 0x12;
constexpr unsigned kSlotCapabilities = kExpress + 0x14;
constexpr unsigned kSlotControl = kExpress + 0x18;
constexpr unsigned kSlotStatus = kExpress + 0x1a;
constexpr unsigned kMsixControl = 0x7e;

constexpr uint16_t kButton = 1u << 0, kPresence = 1u << 3, kCompleted = 1u << 4, kPresent = 1u << 6,
                   kLinkEvent = 1u << 8;
constexpr uint16_t kPowerOff = 1u << 10;
// Every event with its interrupt, indicators on, power on; as a hot-plug driver sets it.
constexpr uint16_t kListen = 0x1000 | 0x0100 | 0x0040 | 0x0039;
// Power and power indicator off.
constexpr uint16_t kOff = kListen | 0x0300 | kPowerOff;

constexpr ResourceWindows kWindows{.io = {0x1000, 0x10000},
                                   .memory32 = {0xc0000000, 0xfec00000},
                                   .memory64 = {0x800000000, 0x1000000000}};

// A card as behind a port: express endpoint with power management.
struct Card : SampleFunction {
  explicit Card(std::string name = "card") : SampleFunction(std::move(name), PciPin::kA, 4096) {
    add_express_endpoint();
    add_power_management();
  }
};

struct Slot : BusTestbed {
  ExpressRootPort port{"port", {.port = 7, .slot = {.number = 5, .hotplug = true}}};
  Card card;
  unsigned released = 0;

  Slot() {
    REQUIRE(bus.attach(port, 4).ok());
    port.set_released_callback([this] { ++released; });
    port.reset();
    start();
  }
  void start() {
    port.reset_outputs();
    REQUIRE(assign_resources(bus, kWindows, [](unsigned, unsigned) { return 11; }).ok());
  }
  void plug() { REQUIRE(port.secondary_bus()->attach(card, 0).ok()); }
  void unplug() { port.secondary_bus()->detach(card); }
  uint16_t status() { return static_cast<uint16_t>(read(kPort, kSlotStatus, 2)); }
  void clear_status() { write(kPort, kSlotStatus, 2, 0xffff); }
  void control(uint16_t value) {
    write(kPort, kSlotControl, 2, value);
    clear_status();
  }
  bool link_active() { return (read(kPort, kLinkStatus, 2) & 0x2000) != 0; }
};

TEST_CASE_FIXTURE(Slot, "PCI-33 PCI-39: a root port shows type 4, its slot and a live link") {
  CHECK(read(kPort, 0x00, 4) == 0x000c1b36);
  CHECK(read(kPort, 0x08, 4) == 0x06040000);
  CHECK(read(kPort, 0x0e, 1) == 0x01);
  CHECK(read(kPort, kExpress, 1) == 0x10);
  CHECK(read(kPort, kExpress + 2, 2) == 0x0142);
  CHECK(read(kPort, kLinkCapabilities, 4) == 0x07100011);
  CHECK(read(kPort, kLinkStatus, 2) == 0x0011);

  plug();
  CHECK(read(kPort, kLinkStatus, 2) == 0x2011);
}

TEST_CASE_FIXTURE(Slot, "PCI-40: slot capabilities name the parts and the number") {
  CHECK(read(kPort, kSlotCapabilities, 4) == (5u << 19 | 0x7b));
  CHECK(status() == 0);
}

TEST_CASE("PCI-40: a slot without hot-plug has no button, no power switch and no events") {
  BusTestbed testbed;
  ExpressRootPort port("fixed", {.port = 0, .slot = {.number = 9, .hotplug = false}});
  Card card;
  REQUIRE(testbed.bus.attach(port, 4).ok());
  REQUIRE(port.secondary_bus()->attach(card, 0).ok());

  testbed.write(kPort, kSlotControl, 2, 0xffff);

  CHECK(testbed.read(kPort, kSlotCapabilities, 4) == (9u << 19 | 1u << 18));
  CHECK(testbed.read(kPort, kSlotControl, 2) == 0);
  CHECK(testbed.read(kPort, kSlotStatus, 2) == kPresent);
}

TEST_CASE_FIXTURE(Slot, "PCI-39: only device 0 answers below a port") {
  Card other("other");
  CHECK_FALSE(port.secondary_bus()->attach(other, 1).ok());
  plug();
  CHECK(read(kCard, 0, 4) == 0x10011af4);
  CHECK(read({1, 1, 0}, 0, 4) == 0xffffffff);
  CHECK(read(kCard, 0x100, 4) == 0);  // express configuration space, no extended capability
}

TEST_CASE_FIXTURE(Slot, "PCI-40: a card that comes raises presence and link events") {
  control(kListen);
  plug();

  CHECK(status() == (kPresent | kPresence | kLinkEvent));
  CHECK(router.level[4][0]);
  write(kPort, kSlotStatus, 2, kPresence);
  CHECK(router.level[4][0]);
  clear_status();
  CHECK(status() == kPresent);
  CHECK_FALSE(router.level[4][0]);
}

TEST_CASE_FIXTURE(Slot, "PCI-40: events interrupt by MSI-X, once for each rise") {
  const uint64_t table = read(kPort, 0x10, 4) & ~0xfu;
  for (unsigned word = 0; word < 4; ++word) {
    constexpr uint32_t kEntry[] = {0xfee01000, 0, 0x42, 0};
    memory.write(table + 4 * word, 4, kEntry[word]);
  }
  write(kPort, kMsixControl, 2, 0x8000);
  control(kListen);
  msi.sent.clear();

  plug();
  CHECK(msi.sent.size() == 1);
  CHECK_FALSE(router.level[4][0]);
  unplug();
  CHECK(msi.sent.size() == 1);  // still standing
  clear_status();
  plug();
  CHECK(msi.sent.size() == 2);
}

TEST_CASE_FIXTURE(Slot, "PCI-40: each write of slot control is a command that completes") {
  write(kPort, kSlotControl, 2, kListen);
  CHECK(status() == kCompleted);
  CHECK(router.level[4][0]);
  clear_status();
  write(kPort, kLinkControl, 2, 0);
  CHECK(status() == 0);
  write(kPort, kSlotControl + 1, 1, 0x11);
  CHECK(status() == kCompleted);
}

TEST_CASE_FIXTURE(Slot, "PCI-40: the card goes when the driver has turned its slot off") {
  control(kListen);
  plug();
  clear_status();

  port.request_removal();
  CHECK(status() == (kPresent | kButton));
  CHECK(router.level[4][0]);
  CHECK(released == 0);
  control(kListen | kPowerOff);
  CHECK(released == 0);
  control(kOff);
  CHECK(released == 1);

  unplug();
  CHECK(status() == kPresence);
  CHECK(read(kCard, 0, 4) == 0xffffffff);
}

TEST_CASE_FIXTURE(Slot, "PCI-40: a card for a slot that is off comes with its button") {
  control(kOff & ~uint16_t{8});  // presence events are not listened to
  plug();
  CHECK(status() == (kPresent | kPresence | kButton));
  CHECK(router.level[4][0]);
  clear_status();
  write(kPort, kSlotControl, 2, kListen);
  CHECK(status() == (kPresent | kLinkEvent | kCompleted));
  CHECK(read(kCard, 0, 4) == 0x10011af4);
}

TEST_CASE_FIXTURE(Slot, "a card in a slot that is off already is released at once") {
  control(kListen);
  plug();
  control(kOff);

  port.request_removal();

  CHECK(released == 1);
  CHECK_FALSE(port.removal_requested());
}

TEST_CASE_FIXTURE(Slot, "power off without a wish resets the card and leaves it in the slot") {
  control(kListen);
  plug();
  start();
  write(kCard, 0x04, 2, 7);

  control(kOff);
  CHECK(released == 0);
  CHECK(status() == kPresent);
  CHECK_FALSE(link_active());
  CHECK(read(kCard, 0, 4) == 0xffffffff);
  CHECK_FALSE(card.bus_master());

  write(kPort, kSlotControl, 2, kListen);
  CHECK(status() == (kPresent | kLinkEvent | kCompleted));
  CHECK(link_active());
  CHECK(read(kCard, 0x04, 2) == 0);
}

TEST_CASE_FIXTURE(Slot, "PCI-42: nothing of a card that is pulled out remains") {
  plug();
  start();
  write(kCard, 0x04, 2, 7);
  const uint64_t wide = card.bar(4)->address(card.config());
  CHECK(memory.claimed(wide));
  card.set_interrupt(true);
  CHECK(router.level[4][0]);

  unplug();

  CHECK_FALSE(memory.claimed(wide));
  CHECK_FALSE(card.bus_master());
  CHECK_FALSE(router.level[4][0]);
  card.set_interrupt(false);
  card.set_interrupt(true);
  card.msix()->notify(0);
  CHECK_FALSE(router.level[4][0]);
  CHECK(msi.sent.empty());
  CHECK(read(kCard, 0, 4) == 0xffffffff);
}

TEST_CASE_FIXTURE(Slot, "PCI-40: a reset keeps the card, its power and nothing of the events") {
  control(kListen);
  plug();
  port.request_removal();

  port.reset();
  card.reset();
  start();

  CHECK(status() == kPresent);
  CHECK(link_active());
  CHECK((read(kPort, kSlotControl, 2) & 0x0700) == 0x0100);  // power on, indicator on
  CHECK_FALSE(port.removal_requested());
  CHECK(read(kCard, 0, 4) == 0x10011af4);
}

TEST_CASE_FIXTURE(Slot, "a disabled link hides the card") {
  plug();
  write(kPort, kLinkControl, 2, 0x10);
  CHECK_FALSE(link_active());
  CHECK(read(kCard, 0, 4) == 0xffffffff);
  write(kPort, kLinkControl, 2, 0);
  CHECK(link_active());
  CHECK(read(kCard, 0, 4) == 0x10011af4);
}

TEST_CASE_FIXTURE(Slot, "an empty slot has windows for cards to come") {
  const uint32_t memory_window = read(kPort, 0x20, 4);
  CHECK((memory_window >> 20) - (memory_window >> 4 & 0xfff) == 1);  // 2 MiB
  CHECK(read(kPort, 0x1c, 2) == 0x1010);

  plug();
  write(kCard, 0x20, 4, (read(kPort, 0x24, 4) & 0xfff0) << 16);
  write(kCard, 0x04, 2, 2);
  CHECK(card.bar(4)->window().mapped());
}

TEST_CASE_FIXTURE(Slot, "PCI-35: a function level reset clears the card only") {
  plug();
  start();
  write(kCard, 0x04, 2, 7);
  card.set_interrupt(true);
  const unsigned express = 0x4c;
  REQUIRE(read(kCard, express, 1) == 0x10);
  CHECK((read(kCard, express + 4, 4) >> 28 & 1) == 1);
  CHECK(read(kCard, express + 2, 2) == 0x0002);

  write(kCard, express + 8, 2, 0xa810);

  CHECK(read(kCard, express + 8, 2) == 0x2810);
  CHECK(read(kCard, 0x04, 2) == 0);
  CHECK(read(kCard, 0x20, 4) == 0xc);
  CHECK_FALSE(router.level[4][0]);
  CHECK_FALSE(card.bar(4)->window().mapped());
  CHECK(link_active());
}

TEST_CASE_FIXTURE(Slot, "PCI-36: in D3hot only the configuration space works, and D0 finds all") {
  plug();
  start();
  write(kCard, 0x04, 2, 7);
  card.set_interrupt(true);
  const unsigned power = 0x88;
  REQUIRE(read(kCard, power, 1) == 0x01);

  write(kCard, power + 4, 2, 3);
  CHECK(read(kCard, power + 4, 2) == 0x000b);
  CHECK_FALSE(card.bar(4)->window().mapped());
  CHECK_FALSE(card.bus_master());
  CHECK_FALSE(router.level[4][0]);
  write(kCard, power + 4, 2, 1);  // there is no D1
  CHECK(read(kCard, power + 4, 2) == 0x000b);

  write(kCard, power + 4, 2, 0);
  CHECK(card.bar(4)->window().mapped());
  CHECK(card.bus_master());
  CHECK(router.level[4][0]);
}

TEST_CASE_FIXTURE(Slot, "a port is saved and loaded with a removal pending") {
  control(kListen);
  plug();
  port.request_removal();

  const testing::SnapshotCheck check = testing::check_snapshot(port);

  CHECK(check.changed);
  CHECK(check.loaded);
  CHECK(check.equal);
  CHECK(port.removal_requested());
}

TEST_CASE_FIXTURE(BusTestbed, "PCI-33: the bridge to a conventional bus shows type 7") {
  ExpressToConventionalBridge bridge("bridge");
  SampleFunction leaf;
  REQUIRE(bus.attach(bridge, 4).ok());
  REQUIRE(bridge.secondary_bus()->attach(leaf, 31).ok());

  CHECK(read(kPort, 0x00, 4) == 0x000e1b36);
  CHECK(read(kPort, kExpress + 2, 2) == 0x0072);
  write(kPort, 0x18, 4, 0x00010100);
  CHECK(read({1, 31, 0}, 0, 4) == 0x10011af4);
}

}  // namespace
}  // namespace vireo
