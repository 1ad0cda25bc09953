// What firmware is told to start from.
#include "machine/board/boot_order.h"

#include <doctest/doctest.h>

#include "machine/board/pci_placing.h"
#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

using testing::BusTestbed;

struct Card : PciFunction {
  explicit Card(uint32_t class_code)
      : PciFunction("card", {.vendor_id = 0x1af4, .device_id = 0x1001, .class_code = class_code}) {}
};

struct Disk : Card {
  Disk() : Card(0x010000) {}
};

PciBridgeConfig bridge(PciBridgeKind kind, std::string id, std::string bus, PciSlot slot) {
  PciBridgeConfig config;
  config.kind = kind;
  config.id = std::move(id);
  config.model = "bridge";
  config.place = {std::move(bus), slot};
  return config;
}

std::string lines(std::string_view text) { return std::string(text) + '\0'; }

}  // namespace

TEST_CASE_FIXTURE(BusTestbed, "without a bootindex there is nothing to tell") {
  CHECK(boot_order_text(bus, std::vector<BootCandidate>{}).empty());
}

TEST_CASE_FIXTURE(BusTestbed,
                  "disks and network cards are told by their paths, lowest index first") {
  Disk first, second;
  Card card(0x020000), other(0x00ff00);
  REQUIRE(bus.attach(first, 4).ok());
  REQUIRE(bus.attach(second, 4, 2).ok());
  REQUIRE(bus.attach(card, 0x1a).ok());
  REQUIRE(bus.attach(other, 5).ok());
  CHECK(boot_order_text(bus, {{&first, 7}, {&card, 3}, {&second, 0}, {&other, 9}}) ==
        lines("/pci@i0cf8/scsi@4,2/disk@0,0\n/pci@i0cf8/ethernet@1a/ethernet-phy@0\n"
              "/pci@i0cf8/scsi@4/disk@0,0\n/pci@i0cf8/pci1af4,1001@5"));
}

TEST_CASE_FIXTURE(BusTestbed, "a path leads through ports and bridges") {
  PciPlacing placing{bus};
  const std::vector<PciBridgeConfig> bridges{
      bridge(PciBridgeKind::kRootPort, "port", "", {2, 0}),
      bridge(PciBridgeKind::kRootPort, "other", "", {3, 0}),
      bridge(PciBridgeKind::kExpressToConventional, "legs", "other", {0, 0}),
      bridge(PciBridgeKind::kConventional, "deep", "legs", {6, 0})};
  REQUIRE(placing.create_bridges(bridges).ok());
  Disk near, far;
  const PciPlace near_place{"port", PciSlot{0, 0}}, far_place{"deep", PciSlot{0x11, 0}};
  const std::vector<PciPlacing::Request> requests{{&near, &near_place}, {&far, &far_place}};
  REQUIRE(placing.attach(requests).ok());
  CHECK(boot_order_text(bus, {{&near, 2}, {&far, 1}}) ==
        lines("/pci@i0cf8/pci-bridge@3/pci-bridge@0/pci-bridge@6/scsi@11/disk@0,0\n"
              "/pci@i0cf8/pci-bridge@2/scsi@0/disk@0,0"));
}

}  // namespace vireo
