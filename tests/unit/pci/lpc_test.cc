#include "pci/lpc.h"

#include <doctest/doctest.h>

#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

using testing::Q35Testbed;
using testing::RecordingHandler;
using testing::SampleFunction;

constexpr PciAddress kLpc{0, 31, 0};
constexpr uint32_t kRcba = 0xfed1c000;

struct Fixture : Q35Testbed {
  void write(unsigned offset, unsigned size, uint32_t value) {
    cf8_write(kLpc, offset, size, value);
  }
  uint32_t read(unsigned offset, unsigned size) { return cf8_read(kLpc, offset, size); }
};

TEST_CASE_FIXTURE(Fixture, "PCI-06: 00:1f.0 is the ICH9 LPC bridge, single-function until joined") {
  CHECK(read(0x00, 4) == 0x29188086);
  CHECK((read(0x08, 4) >> 8) == 0x060100);
  CHECK(read(0x0e, 1) == 0x00);
  SampleFunction smbus;
  REQUIRE(bus.attach(smbus, 31, 3).ok());

  CHECK(read(0x0e, 1) == 0x80);
}

TEST_CASE_FIXTURE(Fixture, "PCI-07: the ACPI block appears when enabled, moves and disappears") {
  CHECK(read(0x40, 4) == 0x00000001);
  write(0x40, 4, 0x600 | 1);
  CHECK(io.ranges().size() == 2);

  write(0x44, 1, 0x80);
  CHECK(io.claimed(0x600));
  CHECK(io.claimed(0x67f));
  CHECK_FALSE(io.claimed(0x680));
  write(0x40, 4, 0xb07f);
  CHECK(read(0x40, 4) == 0xb001);
  CHECK_FALSE(io.claimed(0x600));
  CHECK(io.read(0xb008, 4) == 0x55667788);
  CHECK(pm.reads.back() == RecordingHandler::Access{8, 4, 0});
  write(0x44, 1, 0x00);
  CHECK_FALSE(io.claimed(0xb000));
}

TEST_CASE_FIXTURE(Fixture, "PCI-07: the ACPI block at port 0 stays undecoded") {
  write(0x44, 1, 0x80);

  CHECK_FALSE(lpc.pm_base().has_value());
  CHECK(io.ranges().size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "PCI-07: ACPI_CNTL selects the SCI's interrupt") {
  const std::array<std::optional<unsigned>, 8> expected = {9,  10, 11,           std::nullopt,
                                                           20, 21, std::nullopt, std::nullopt};
  lpc.sci_input().set_input(0, true);
  for (unsigned select = 0; select < 8; ++select) {
    write(0x44, 1, 0x80 | select);
    CHECK(lpc.sci_irq() == expected[select]);
    for (unsigned input = 0; input < 24; ++input) {
      CHECK(ioapic.level[input] == (expected[select] == input));
      CHECK(pic.level[input] == (input < 16 && expected[select] == input));
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "PCI-08: PIRQ registers reset to 0x80 and hold b7 and the nibble") {
  for (unsigned reg : {0x60u, 0x61u, 0x62u, 0x63u, 0x68u, 0x69u, 0x6au, 0x6bu}) {
    CHECK(read(reg, 1) == 0x80);
    write(reg, 1, 0x7b);
    CHECK(read(reg, 1) == 0x0b);
  }
}

TEST_CASE_FIXTURE(Fixture, "PCI-08: an unrouted PIRQ drives its IOAPIC input only") {
  lpc.set_intx(0, 1, true);  // slot 0 INTB# is PIRQF

  CHECK(ioapic.level[21]);
  CHECK(ioapic.changes == 1);
  CHECK(pic.changes == 0);
}

TEST_CASE_FIXTURE(Fixture, "PCI-08: a PIC input is the OR of the PIRQs routed to it") {
  write(0x68, 1, 10);
  write(0x69, 1, 10);
  lpc.set_intx(0, 0, true);
  lpc.set_intx(0, 1, true);
  CHECK(pic.level[10]);

  lpc.set_intx(0, 0, false);
  CHECK(pic.level[10]);
  CHECK_FALSE(ioapic.level[20]);
  CHECK(ioapic.level[21]);
  lpc.set_intx(0, 1, false);
  CHECK_FALSE(pic.level[10]);
}

TEST_CASE_FIXTURE(Fixture, "PCI-08: rerouting moves an asserted level, disabling drops it") {
  write(0x68, 1, 10);
  lpc.set_intx(0, 0, true);

  write(0x68, 1, 11);
  CHECK_FALSE(pic.level[10]);
  CHECK(pic.level[11]);
  write(0x68, 1, 0x8b);
  CHECK_FALSE(pic.level[11]);
  CHECK(ioapic.level[20]);
}

TEST_CASE_FIXTURE(Fixture, "PCI-08: reserved routes reach no PIC input") {
  lpc.set_intx(0, 0, true);
  for (unsigned reserved : {0u, 1u, 2u, 8u, 13u}) {
    write(0x68, 1, reserved);
    CHECK_FALSE(lpc.pic_input_of(4).has_value());
  }

  CHECK(pic.changes == 0);
}

TEST_CASE_FIXTURE(Fixture,
                  "PCI-09: slots 0-24 swizzle over E-H, 30 takes E-H, 25-31 start at A-D") {
  for (unsigned pin = 0; pin < 4; ++pin) {
    for (unsigned device = 0; device < 25; ++device) {
      CHECK(lpc.pirq_of(device, pin) == 4 + (device + pin) % 4);
    }
    CHECK(lpc.pirq_of(30, pin) == 4 + pin);
    for (unsigned device : {25u, 26u, 27u, 28u, 29u, 31u}) CHECK(lpc.pirq_of(device, pin) == pin);
  }
}

TEST_CASE_FIXTURE(Fixture, "PCI-09: DxxIR registers reroute devices 25 to 31, live") {
  write(0xf0, 4, kRcba | 1);
  const std::array<std::pair<uint32_t, unsigned>, 6> routes = {
      {{0x3140, 31}, {0x3144, 29}, {0x3146, 28}, {0x3148, 27}, {0x314c, 26}, {0x3150, 25}}};
  for (const auto& [offset, device] : routes) {
    CHECK(memory.read(kRcba + offset, 2) == 0x3210);
    memory.write(kRcba + offset, 2, 0xcdef);
    CHECK(memory.read(kRcba + offset, 2) == 0x4567);
    CHECK(lpc.pirq_of(device, 0) == 7);
    CHECK(lpc.pirq_of(device, 3) == 4);
  }

  lpc.set_intx(31, 0, true);
  CHECK(ioapic.level[23]);
  memory.write(kRcba + 0x3140, 1, 0x62);
  CHECK_FALSE(ioapic.level[23]);
  CHECK(ioapic.level[18]);
}

TEST_CASE_FIXTURE(Fixture, "PCI-10: RCBA opens 16 KiB; what is not there reads zero") {
  CHECK(read(0xf0, 4) == 0);

  write(0xf0, 4, 0xfed1ffff);
  CHECK(read(0xf0, 4) == 0xfed1c001);
  CHECK(memory.claimed(kRcba + 0x3fff));
  CHECK_FALSE(memory.claimed(kRcba + 0x4000));
  CHECK(memory.read(kRcba + 0x3000, 8) == 0);
  CHECK(memory.read(kRcba + 0x3410, 4) == 0x20);
  memory.write(kRcba + 0x3410, 4, 0);
  CHECK(memory.read(kRcba + 0x3410, 4) == 0x20);
  write(0xf0, 1, 0);
  CHECK(memory.ranges().empty());
}

TEST_CASE_FIXTURE(Fixture, "PCI-10: SMI_LOCK sets once and is told") {
  std::vector<bool> told;
  lpc.set_smi_lock_callback([&](bool locked) { told.push_back(locked); });

  write(0xa0, 2, 0xffff);
  CHECK(read(0xa0, 2) == 0x10);
  write(0xa0, 2, 0);
  CHECK(read(0xa0, 2) == 0x10);

  CHECK(told.back());
  reset();
  CHECK_FALSE(told.back());
  write(0xa0, 2, 0);
  CHECK(read(0xa0, 2) == 0);
}

TEST_CASE_FIXTURE(Fixture,
                  "PCI-30: a slot's interrupt reaches PIC and IOAPIC through bus and LPC") {
  SampleFunction three("three"), seven("seven");  // both slots' INTA# are PIRQH
  REQUIRE(bus.attach(three, 3).ok());
  REQUIRE(bus.attach(seven, 7).ok());
  lpc.program_pirq(7, 11);
  three.set_interrupt(true);
  seven.set_interrupt(true);

  three.set_interrupt(false);

  CHECK(pic.level[11]);
  CHECK(ioapic.level[23]);
  seven.set_interrupt(false);
  CHECK_FALSE(pic.level[11]);
  CHECK_FALSE(ioapic.level[23]);
}

TEST_CASE_FIXTURE(Fixture, "PCI-49: reset drops levels, routes and windows") {
  SampleFunction three("three");
  REQUIRE(bus.attach(three, 3).ok());
  lpc.program_pirq(7, 11);
  lpc.program_pm_base(0x600);
  lpc.program_rcba(kRcba);
  three.set_interrupt(true);

  reset();

  CHECK_FALSE(pic.level[11]);
  CHECK_FALSE(ioapic.level[23]);
  CHECK_FALSE(io.claimed(0x600));
  CHECK(memory.ranges().empty());
  CHECK(read(0x6b, 1) == 0x80);
}

TEST_CASE_FIXTURE(Fixture, "a board without firmware programs PM base, PIRQs and RCBA") {
  lpc.program_pm_base(0x600);
  lpc.program_pirq(0, 10);
  lpc.program_rcba(kRcba);

  CHECK(lpc.pm_base() == 0x600);
  CHECK(read(0x44, 1) == 0x80);
  CHECK(read(0x60, 1) == 10);
  CHECK(lpc.pic_input_of(0) == 10u);
  CHECK(memory.claimed(kRcba));
}

TEST_CASE_FIXTURE(Fixture, "LPC: the generic snapshot check, with levels asserted") {
  lpc.program_pm_base(0x600);
  lpc.program_pirq(4, 10);
  lpc.program_rcba(kRcba);
  memory.write(kRcba + 0x3140, 2, 0x4567);
  write(0xa0, 2, 0x10);
  lpc.set_intx(0, 0, true);
  lpc.sci_input().set_input(0, true);

  const testing::SnapshotCheck check = testing::check_snapshot(lpc);

  CHECK(check.changed);
  CHECK(check.loaded);
  CHECK(check.equal);
}

TEST_CASE_FIXTURE(Fixture, "LPC: loading restores windows, locks and wires without an edge") {
  lpc.program_pm_base(0x600);
  lpc.program_pirq(4, 10);
  write(0xa0, 2, 0x10);
  lpc.set_intx(0, 0, true);
  const auto bytes = testing::save(lpc);
  Fixture other;

  REQUIRE(testing::load(other.lpc, bytes));

  CHECK(other.io.claimed(0x600));
  CHECK(other.pic.changes + other.ioapic.changes == 0);
  other.write(0xa0, 2, 0);
  CHECK(other.lpc.smi_locked());
  other.lpc.set_intx(0, 0, false);
  CHECK(other.pic.changes == 1);
  CHECK(other.ioapic.changes == 1);
}

}  // namespace
}  // namespace vireo
