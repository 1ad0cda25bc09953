// Buses by name, places on them, and cards that come and go.
#include "machine/board/pci_placing.h"

#include <doctest/doctest.h>

#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

using testing::BusTestbed;
using testing::SampleFunction;

PciBridgeConfig bridge(PciBridgeKind kind, std::string id, std::string bus = "") {
  PciBridgeConfig config;
  config.kind = kind;
  config.model = kind == PciBridgeKind::kRootPort ? "pcie-root-port" : "pci-bridge";
  config.id = std::move(id);
  config.place.bus = std::move(bus);
  return config;
}
PciBridgeConfig port(std::string id) { return bridge(PciBridgeKind::kRootPort, std::move(id)); }

PciPlace on(std::string bus, std::optional<PciSlot> slot = {}, bool multifunction = false) {
  return {std::move(bus), slot, multifunction};
}

struct Board : BusTestbed {
  PciPlacing placing{bus};

  std::string create(std::vector<PciBridgeConfig> configs) {
    const auto created = placing.create_bridges(configs);
    return created.ok() ? "" : created.error().message;
  }
  ExpressRootPort& slot(const std::string& id) { return *placing.bridges().find(id)->port; }
};

TEST_CASE_FIXTURE(Board, "functions find their buses, those with a slot first") {
  REQUIRE(create({port("p"), bridge(PciBridgeKind::kExpressToConventional, "legs", "p"),
                  bridge(PciBridgeKind::kConventional, "deep", "legs")}) == "");
  SampleFunction first("first"), second("second"), third("third");
  const PciPlace free = on("legs"), fixed = on("legs", PciSlot{0, 0}), root = on("pci.0");
  const std::vector<PciPlacing::Request> requests{
      {&first, &free}, {&second, &fixed}, {&third, &root}};

  REQUIRE(placing.attach(requests).ok());

  CHECK(bus.function(2, 0) == &slot("p"));
  CHECK(bus.function(3, 0) == &third);
  const PciBus& legs = *placing.bridges().find("legs")->bridge->secondary_bus();
  CHECK(legs.function(0, 0) == &second);
  CHECK(legs.function(1, 0) == placing.bridges().find("deep")->bridge.get());
  CHECK(legs.function(2, 0) == &first);
  CHECK(slot("p").secondary_bus()->function(0, 0) != nullptr);
}

TEST_CASE_FIXTURE(Board, "only what is right behind a port is an express endpoint") {
  REQUIRE(create({port("p"), port("q"),
                  bridge(PciBridgeKind::kExpressToConventional, "legs", "p")}) == "");
  CHECK(placing.behind_express_port(on("q")).value());
  CHECK_FALSE(placing.behind_express_port(on("legs")).value());
  CHECK_FALSE(placing.behind_express_port(on("")).value());
  CHECK(placing.behind_express_port(on("r")).error().message ==
        "bus=r: there is no such bus; those before it are pcie.0, p, q, legs");
}

TEST_CASE_FIXTURE(Board, "bridges sit only where their upper side fits") {
  CHECK(create({port("p"), bridge(PciBridgeKind::kRootPort, "q", "p")}) ==
        "-device pcie-root-port,id=q: bus=p: a root port sits on pcie.0 only");
  CHECK(create({bridge(PciBridgeKind::kConventional, "b", "p")}) ==
        "-device pci-bridge,id=b: bus=p is an express port; use pcie-pci-bridge there");
  CHECK(create({bridge(PciBridgeKind::kConventional, "a"),
                bridge(PciBridgeKind::kExpressToConventional, "b", "a")}) ==
        "-device pci-bridge,id=b: bus=a is conventional; use pci-bridge there");
  CHECK(
      create({bridge(PciBridgeKind::kConventional, "c", "later")}) ==
      "-device pci-bridge,id=c: bus=later: there is no such bus; those before it are pcie.0, p, a");
}

TEST_CASE_FIXTURE(Board, "every port has a slot number of its own") {
  PciBridgeConfig chosen = port("q");
  chosen.slot = 0;
  CHECK(create({port("p"), chosen}) ==
        "-device pcie-root-port,id=q: slot 0 is that of 'p'; give each port another slot=");
}

TEST_CASE_FIXTURE(Board, "a second device for a port is told of its slot") {
  REQUIRE(create({port("p")}) == "");
  SampleFunction first("first"), second("second");
  const PciPlace place = on("p");
  const std::vector<PciPlacing::Request> requests{{&first, &place}, {&second, &place}};

  CHECK(placing.attach(requests).error().message ==
        "second: the port's one slot is taken; give the device a pcie-root-port of its own, or "
        "addr=0.1 and more with multifunction=on");
}

TEST_CASE_FIXTURE(Board, "PCI-32: a function is refused where no guest would look") {
  REQUIRE(create({port("p"), port("q")}) == "");
  SampleFunction zero("zero"), one("one");
  const PciPlace here = on("p", PciSlot{0, 0}, true), there = on("q", PciSlot{0, 1});
  const std::vector<PciPlacing::Request> requests{{&zero, &here}, {&one, &there}};

  CHECK(placing.attach(requests).error().message ==
        "one: addr=0.1 is seen only beside a function 0; give the device at addr=0.0 "
        "multifunction=on");
}

// A machine that runs, with an empty port "p" and a driver that listens.
struct Running : Board {
  static constexpr PciAddress kPort{0, 2, 0};
  static constexpr unsigned kSlotControl = 0x58;
  SampleFunction card{"card"}, second{"second"};
  std::vector<std::string> gone;

  Running() {
    PciBridgeConfig fixed = port("fixed");
    fixed.hotplug = false;
    REQUIRE(create({port("p"), fixed}) == "");
    REQUIRE(placing.attach({}).ok());
    placing.set_gone_callback([this](PciFunction& f) { gone.emplace_back(f.name()); });
  }
  void turn_slot_off() { write(kPort, kSlotControl, 2, 0x0700); }
};

TEST_CASE_FIXTURE(Running, "PCI-40: a card comes at once and goes when the driver lets go") {
  REQUIRE(placing.plug(card, on("p")).ok());
  CHECK(card.attached());

  REQUIRE(placing.unplug(card, on("p")).ok());
  CHECK(card.attached());
  CHECK(placing.unplug(card, on("p")).error().message ==
        "card is being removed already; the guest has not let go yet");
  turn_slot_off();

  CHECK_FALSE(card.attached());
  CHECK(gone == std::vector<std::string>{"card"});
  CHECK(placing.plug(second, on("p")).ok());
}

TEST_CASE_FIXTURE(Running, "a card of several functions is there with function 0 and goes whole") {
  REQUIRE(placing.plug(second, on("p", PciSlot{0, 1})).ok());
  CHECK((read(kPort, kSlotControl + 2, 2) & 0x40) == 0);
  REQUIRE(placing.plug(card, on("p", PciSlot{0, 0}, true)).ok());
  CHECK((read(kPort, kSlotControl + 2, 2) & 0x40) != 0);

  REQUIRE(placing.unplug(second, on("p")).ok());
  turn_slot_off();

  CHECK(gone == std::vector<std::string>{"card", "second"});
}

TEST_CASE_FIXTURE(Running, "what cannot change says so") {
  CHECK(placing.plug(card, on("")).error().message ==
        "bus pcie.0 does not change while the machine runs; use the bus of a -device "
        "pcie-root-port");
  CHECK(placing.plug(card, on("fixed")).error().message ==
        "bus fixed does not change while the machine runs; use the bus of a -device "
        "pcie-root-port");
  REQUIRE(placing.plug(card, on("p")).ok());
  CHECK(placing.plug(second, on("p")).error().message ==
        "bus p has a card already; device_del it first");
}

}  // namespace
}  // namespace vireo
