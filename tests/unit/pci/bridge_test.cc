#include "pci/bridge.h"

#include <doctest/doctest.h>

#include "pci/resource_assignment.h"
#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

using testing::BusTestbed;
using testing::SampleFunction;

constexpr PciAddress kBridge{0, 2, 0};
constexpr PciAddress kInner{1, 4, 0};
constexpr PciAddress kBehind{1, 3, 0};
constexpr PciAddress kDeep{2, 5, 0};

// Bus 1 behind 00:02.0 with a function and a second bridge, behind which is bus 2.
struct Tree : BusTestbed {
  ConventionalBridge outer{"outer"}, inner{"inner"};
  SampleFunction behind{"behind"}, deep{"deep", PciPin::kB};

  Tree() {
    REQUIRE(bus.attach(outer, 2).ok());
    REQUIRE(outer.secondary_bus()->attach(inner, 4).ok());
    REQUIRE(outer.secondary_bus()->attach(behind, 3).ok());
    REQUIRE(inner.secondary_bus()->attach(deep, 5).ok());
    write(kBridge, 0x18, 4, 0x00020100);
    write(kInner, 0x18, 4, 0x00020201);
  }
  // Windows: ports 0x1000-0x2fff, memory 0xe0000000-0xe01fffff, prefetchable
  // 0x800000000-0x8000fffff.
  void open(PciAddress bridge) {
    write(bridge, 0x1c, 2, 0x2010);
    write(bridge, 0x20, 4, 0xe010e000);
    write(bridge, 0x24, 4, 0x00000000);
    write(bridge, 0x28, 4, 8);
    write(bridge, 0x2c, 4, 8);
    write(bridge, 0x04, 2, 7);
  }
  void place(PciAddress function, uint32_t port, uint64_t wide) {
    write(function, 0x10, 4, port);
    write(function, 0x20, 4, static_cast<uint32_t>(wide));
    write(function, 0x24, 4, static_cast<uint32_t>(wide >> 32));
    write(function, 0x04, 2, 7);
  }
};

TEST_CASE_FIXTURE(Tree, "PCI-37: the type 1 header stores what it has and nothing else") {
  for (unsigned offset = 0x10; offset < 0x40; offset += 4) write(kBridge, offset, 4, 0xffffffff);

  CHECK(read(kBridge, 0x00, 4) == 0x00011b36);
  CHECK(read(kBridge, 0x08, 4) == 0x06040000);
  CHECK(read(kBridge, 0x0e, 1) == 0x01);
  CHECK(read(kBridge, 0x10, 4) == 0);
  CHECK(read(kBridge, 0x14, 4) == 0);
  CHECK(read(kBridge, 0x18, 4) == 0xf8ffffff);
  CHECK(read(kBridge, 0x1c, 4) == 0x0000f0f0);
  CHECK(read(kBridge, 0x20, 4) == 0xfff0fff0);
  CHECK(read(kBridge, 0x24, 4) == 0xfff1fff1);
  CHECK(read(kBridge, 0x28, 4) == 0xffffffff);
  CHECK(read(kBridge, 0x2c, 4) == 0xffffffff);
  CHECK(read(kBridge, 0x30, 4) == 0);
  CHECK(read(kBridge, 0x38, 4) == 0);
  CHECK(read(kBridge, 0x3c, 4) == 0x007b00ff);
}

TEST_CASE_FIXTURE(BusTestbed, "a bridge tells firmware what to keep for later cards") {
  ConventionalBridge keeper{"keeper"};
  keeper.add_reservation({.buses = 3, .memory = 0x800000, .prefetchable64 = 0x200000000});
  REQUIRE(bus.attach(keeper, 2).ok());
  const unsigned at = read(kBridge, 0x34, 1);
  CHECK(read(kBridge, at, 1) == 0x09);
  CHECK(read(kBridge, at + 2, 2) == 0x0120);
  CHECK(read(kBridge, at + 4, 4) == 3);
  CHECK(read(kBridge, at + 8, 4) == 0xffffffff);
  CHECK(read(kBridge, at + 16, 4) == 0x800000);
  CHECK(read(kBridge, at + 20, 4) == 0xffffffff);
  CHECK(read(kBridge, at + 24, 4) == 0);
  CHECK(read(kBridge, at + 28, 4) == 2);
}

TEST_CASE_FIXTURE(Tree, "PCI-37: configuration cycles follow the bus numbers") {
  CHECK(read(kBehind, 0, 4) == 0x10011af4);
  CHECK(read(kInner, 0, 4) == 0x00011b36);
  CHECK(read(kDeep, 0, 4) == 0x10011af4);
  CHECK(read({1, 5, 0}, 0, 4) == 0xffffffff);
  CHECK(read({3, 5, 0}, 0, 4) == 0xffffffff);

  write(kInner, 0x19, 2, 0x0707);
  CHECK(read(kDeep, 0, 4) == 0xffffffff);
  CHECK(read({7, 5, 0}, 0, 4) == 0xffffffff);  // the outer bridge stops at bus 2
  write(kBridge, 0x1a, 1, 7);
  CHECK(read({7, 5, 0}, 0, 4) == 0x10011af4);
}

TEST_CASE_FIXTURE(Tree, "PCI-38: what lies outside a window does not decode") {
  open(kBridge);
  place(kBehind, 0x2fc0, 0x8000fc000);
  CHECK(io.claimed(0x2fc0));
  CHECK(memory.claimed(0x8000fc000));

  place(kBehind, 0x3000, 0x800100000);
  CHECK_FALSE(io.claimed(0x3000));
  CHECK_FALSE(memory.claimed(0x800100000));
  place(kBehind, 0x1000, 0xe01fc000);
  CHECK(io.claimed(0x1000));
  CHECK(memory.claimed(0xe01fc000));

  write(kBridge, 0x1c, 2, 0x10f0);  // base above limit
  write(kBridge, 0x20, 4, 0x0000fff0);
  CHECK(io.ranges().empty());
  CHECK_FALSE(memory.claimed(0xe01fc000));
}

TEST_CASE_FIXTURE(Tree, "PCI-38: the bridge's command register gates both spaces") {
  open(kBridge);
  place(kBehind, 0x1000, 0xe0000000);

  write(kBridge, 0x04, 2, 6);
  CHECK_FALSE(io.claimed(0x1000));
  CHECK(memory.claimed(0xe0000000));
  write(kBridge, 0x04, 2, 5);
  CHECK(io.claimed(0x1000));
  CHECK_FALSE(memory.claimed(0xe0000000));
}

TEST_CASE_FIXTURE(BusTestbed,
                  "PCI-38: of a BAR larger than the window only the part inside decodes") {
  struct Large : PciFunction {
    Large() : PciFunction("large", SampleFunction::kIdentity) {
      add_bar(0, {BarType::kMemory32, 4 << 20, false}, registers);
    }
    testing::RecordingHandler registers;
  } large;
  ConventionalBridge bridge("bridge");
  REQUIRE(bus.attach(bridge, 2).ok());
  REQUIRE(bridge.secondary_bus()->attach(large, 0).ok());
  write(kBridge, 0x18, 4, 0x00010100);
  write(kBridge, 0x20, 4, 0xe010e010);  // one MiB
  write(kBridge, 0x24, 4, 0x0000fff0);
  write(kBridge, 0x04, 2, 7);
  write({1, 0, 0}, 0x10, 4, 0xe0000000);
  write({1, 0, 0}, 0x04, 2, 7);

  (void)memory.read(0xe0100010, 4);

  REQUIRE(large.registers.reads.size() == 1);
  CHECK(large.registers.reads[0].offset == 0x100010);
  CHECK_FALSE(memory.claimed(0xe00fffff));
  CHECK_FALSE(memory.claimed(0xe0200000));
}

TEST_CASE_FIXTURE(Tree, "PCI-38: no message passes a bridge that is no bus master") {
  open(kBridge);
  open(kInner);
  place(kDeep, 0x1000, 0xe0000000);
  write(kDeep, 0x42, 2, 0x8000);
  const uint64_t table = 0xe0100000;
  write(kDeep, 0x14, 4, static_cast<uint32_t>(table));
  for (unsigned word = 0; word < 4; ++word) {
    constexpr uint32_t kEntry[] = {0xfee01000, 0, 0x41, 0};
    memory.write(table + 4 * word, 4, kEntry[word]);
  }
  CHECK(deep.bus_master());
  const unsigned changes = deep.master_changes;

  write(kBridge, 0x04, 2, 3);
  CHECK_FALSE(deep.bus_master());
  CHECK(deep.master_changes == changes + 1);
  deep.msix()->notify(0);
  CHECK(msi.sent.empty());

  write(kBridge, 0x04, 2, 7);
  REQUIRE(msi.sent.size() == 1);
  CHECK(msi.sent[0].data == 0x41);
  CHECK(deep.master_changes == changes + 2);
}

TEST_CASE_FIXTURE(Tree, "PCI-31: pins are rotated by the device number at each bridge") {
  behind.set_interrupt(true);  // INTA# of device 3: INTD# of the bridge
  CHECK(router.level[2][3]);
  behind.set_interrupt(false);
  CHECK_FALSE(router.level[2][3]);

  deep.set_interrupt(true);  // INTB# of device 5: INTC# of device 4, INTC# of the bridge
  CHECK(router.level[2][2]);
  write(kDeep, 0x04, 2, 0x0400);
  CHECK_FALSE(router.level[2][2]);
}

TEST_CASE_FIXTURE(Tree, "PCI-31: functions that meet at a pin of a bridge share it by OR") {
  SampleFunction other{"other", PciPin::kC};
  REQUIRE(outer.secondary_bus()->attach(other, 4, 1).ok());  // INTC# of device 4 as well
  deep.set_interrupt(true);
  other.set_interrupt(true);

  deep.set_interrupt(false);
  CHECK(router.level[2][2]);
  outer.secondary_bus()->detach(other);
  CHECK_FALSE(router.level[2][2]);
}

TEST_CASE_FIXTURE(Tree, "PCI-49: the secondary bus reset resets all below and nothing else") {
  open(kBridge);
  place(kBehind, 0x1000, 0xe0000000);
  write(kDeep, 0x3c, 1, 11);
  behind.set_interrupt(true);

  write(kBridge, 0x3e, 2, 0x40);
  CHECK(read(kBehind, 0, 4) == 0xffffffff);
  CHECK_FALSE(router.level[2][3]);
  CHECK(io.ranges().empty());
  write(kBridge, 0x3e, 2, 0);

  CHECK(read(kBehind, 0x04, 2) == 0);
  CHECK(read(kBehind, 0x10, 4) == 1);
  CHECK(read(kBridge, 0x04, 2) == 7);
  CHECK(read(kInner, 0x18, 4) == 0);
  CHECK(deep.config().get<uint8_t>(0x3c) == 0);
}

TEST_CASE_FIXTURE(Tree, "overlapping BARs are won by the place in the tree, not by the order") {
  SampleFunction later{"later"};
  REQUIRE(bus.attach(later, 6).ok());
  open(kBridge);
  place({0, 6, 0}, 0x1000, 0xe0000000);
  place(kBehind, 0x1000, 0xe0000000);

  (void)io.read(0x1000, 1);
  CHECK(behind.io_registers.reads.size() == 1);
  CHECK(later.io_registers.reads.empty());
}

TEST_CASE_FIXTURE(Tree, "a tree is saved and loaded with its mappings") {
  open(kBridge);
  open(kInner);
  place(kBehind, 0x1000, 0xe0000000);
  place(kDeep, 0x1100, 0xe0004000);
  std::vector<PciFunction*> all;
  bus.for_each([&](PciFunction& function) { all.push_back(&function); });
  REQUIRE(all.size() == 4);
  CHECK(all[2]->name() == "inner");
  CHECK(all[3]->name() == "deep");
  std::vector<std::vector<std::byte>> saved;
  for (PciFunction* function : all) saved.push_back(testing::save(*function));
  for (PciFunction* function : all) function->reset();
  for (PciFunction* function : all) function->reset_outputs();
  CHECK(io.ranges().empty());

  for (size_t i = 0; i < all.size(); ++i) CHECK(testing::load(*all[i], saved[i]));

  for (size_t i = 0; i < all.size(); ++i) CHECK(testing::save(*all[i]) == saved[i]);
  CHECK(io.claimed(0x1000));
  CHECK(io.claimed(0x1100));
  CHECK(deep.bus_master());
}

TEST_CASE_FIXTURE(BusTestbed, "bridges below bridges end at the sixth bus") {
  std::vector<std::unique_ptr<ConventionalBridge>> chain;
  PciBus* at = &bus;
  for (unsigned depth = 1; depth < kPciMaxDepth; ++depth) {
    chain.push_back(std::make_unique<ConventionalBridge>(std::string(1, char('a' + depth))));
    REQUIRE(at->attach(*chain.back(), 31, 7).ok());
    at = chain.back()->secondary_bus();
  }
  ConventionalBridge last("last");
  const Result<void> refused = at->attach(last, 0);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("last") == 0);
  SampleFunction leaf;
  CHECK(at->attach(leaf, 31, 7).ok());
}

constexpr ResourceWindows kWindows{.io = {0x1000, 0x10000},
                                   .memory32 = {0xc0000000, 0xfec00000},
                                   .memory64 = {0x800000000, 0x1000000000}};

uint8_t line_of(unsigned device, unsigned pin) { return static_cast<uint8_t>(16 * device + pin); }

TEST_CASE_FIXTURE(Tree, "firmware numbers the buses and opens windows around what is behind") {
  SampleFunction near{"near"};
  REQUIRE(bus.attach(near, 6).ok());
  write(kBridge, 0x18, 4, 0);

  REQUIRE(assign_resources(bus, kWindows, line_of).ok());

  CHECK(read(kBridge, 0x18, 4) == 0x00020100);
  CHECK(read(kInner, 0x18, 4) == 0x00020201);
  for (SampleFunction* function : {&near, &behind, &deep}) {
    CAPTURE(function->name());
    for (const unsigned index : {0u, 1u, 4u}) CHECK(function->bar(index)->window().mapped());
    CHECK((function->command() & 7) == 3);
  }
  CHECK((outer.command() & 7) == 7);
  CHECK(behind.config().get<uint8_t>(0x3c) == 0x23);  // device 2, INTD#
  CHECK(deep.config().get<uint8_t>(0x3c) == 0x22);
}

TEST_CASE_FIXTURE(Tree, "windows of bridges without anything behind them are closed") {
  inner.secondary_bus()->detach(deep);

  REQUIRE(assign_resources(bus, kWindows, line_of).ok());

  CHECK(read(kInner, 0x1c, 2) == 0x00f0);
  CHECK(read(kInner, 0x20, 4) == 0x0000fff0);
  CHECK(read(kInner, 0x24, 4) == 0x0001fff1);
}

}  // namespace
}  // namespace vireo
