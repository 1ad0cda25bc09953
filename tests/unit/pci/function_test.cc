#include "pci/function.h"

#include <doctest/doctest.h>

#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

using testing::BusTestbed;
using testing::SampleFunction;

constexpr PciAddress kSlot{0, 3, 0};
constexpr unsigned kMsixControl = 0x42;

struct Fixture : BusTestbed {
  SampleFunction function;
  Fixture() { (void)bus.attach(function, kSlot.device); }
  void command(uint16_t value) { write(kSlot, 0x04, 2, value); }
  uint32_t status() { return read(kSlot, 0x06, 2); }
  bool wire() { return router.level[kSlot.device][0]; }
};

TEST_CASE_FIXTURE(Fixture, "PCI-22: the header holds the identity") {
  CHECK(read(kSlot, 0x00, 4) == 0x10011af4);
  CHECK(read(kSlot, 0x08, 4) == 0x01000003);
  CHECK(read(kSlot, 0x0e, 1) == 0x00);
  CHECK(read(kSlot, 0x2c, 4) == 0x00021af4);
  CHECK(read(kSlot, 0x34, 1) == 0x40);
  CHECK(read(kSlot, 0x3d, 1) == 1);
}

TEST_CASE_FIXTURE(Fixture, "PCI-22: read-only bytes ignore writes, the interrupt line is scratch") {
  for (unsigned offset : {0x00u, 0x02u, 0x08u, 0x0au, 0x0cu, 0x0eu, 0x2cu, 0x2eu, 0x34u, 0x3eu}) {
    const uint32_t before = read(kSlot, offset, 2);
    write(kSlot, offset, 2, ~before & 0xffff);
    CHECK(read(kSlot, offset, 2) == before);
  }
  write(kSlot, 0x3c, 2, 0xff0b);
  CHECK(read(kSlot, 0x3c, 2) == 0x010b);
}

TEST_CASE_FIXTURE(Fixture,
                  "PCI-26: the command register holds bits 0, 1, 2, 6, 8, 10 and starts at 0") {
  CHECK(read(kSlot, 0x04, 2) == 0);

  command(0xffff);

  CHECK(read(kSlot, 0x04, 2) == 0x0547);
}

TEST_CASE_FIXTURE(Fixture, "PCI-28: the bus master bit gates and its changes are told once") {
  command(4);
  CHECK(function.bus_master());
  command(4);
  CHECK(function.master_changes == 1);

  command(0);

  CHECK_FALSE(function.bus_master());
  CHECK(function.master_changes == 2);
}

TEST_CASE_FIXTURE(Fixture, "PCI-29: the wire follows the cause, INTx-disable and MSI-X") {
  function.set_interrupt(true);
  CHECK(wire());
  CHECK((status() & 8) != 0);

  command(0x400);
  CHECK_FALSE(wire());
  CHECK((status() & 8) != 0);
  command(0);
  CHECK(wire());

  function.set_interrupt(false);
  CHECK_FALSE(wire());
  CHECK((status() & 8) == 0);
}

TEST_CASE_FIXTURE(Fixture, "PCI-29: a cause that comes while disabled shows in status only") {
  command(0x400);

  function.set_interrupt(true);

  CHECK_FALSE(wire());
  CHECK((status() & 8) != 0);
  CHECK(router.calls == 0);
}

TEST_CASE_FIXTURE(Fixture, "PCI-29: status bit 3 cannot be written") {
  write(kSlot, 0x06, 2, 0xffff);
  CHECK((status() & 8) == 0);
  function.set_interrupt(true);

  write(kSlot, 0x06, 2, 0xffff);

  CHECK((status() & 8) != 0);
}

TEST_CASE_FIXTURE(Fixture, "PCI-47: enabling MSI-X drops INTx, disabling it restores the level") {
  function.set_interrupt(true);

  write(kSlot, kMsixControl, 2, 0x8000);
  CHECK_FALSE(wire());
  CHECK(function.msix_enabled());
  write(kSlot, kMsixControl, 2, 0);
  CHECK(wire());

  write(kSlot, kMsixControl, 2, 0x8000);
  function.set_interrupt(false);
  write(kSlot, kMsixControl, 2, 0);
  CHECK_FALSE(wire());
}

TEST_CASE_FIXTURE(Fixture, "MSI-X enable and mask changes are told to the function") {
  write(kSlot, kMsixControl, 2, 0x8000);
  write(kSlot, kMsixControl, 2, 0xc000);
  write(kSlot, kMsixControl, 2, 0xc000);
  write(kSlot, kMsixControl + 1, 1, 0x00);

  CHECK(function.msix_changes == 3);
}

TEST_CASE("a function without a pin drives no wire") {
  BusTestbed bed;
  SampleFunction function("pinless", PciPin::kNone);
  REQUIRE(bed.bus.attach(function, 3).ok());

  function.set_interrupt(true);

  CHECK(bed.router.calls == 0);
}

TEST_CASE_FIXTURE(Fixture, "PCI-49: reset returns every register, mapping, mask and wire") {
  const auto fresh = testing::save(function);
  command(0x7);
  write(kSlot, 0x10, 4, 0xc000);
  write(kSlot, 0x14, 4, 0xfebf1000);
  function.set_interrupt(true);
  write(kSlot, kMsixControl, 2, 0x8000);
  memory.write(0xfebf100c, 4, 0);
  function.msix()->notify(1);

  function.reset();
  function.reset_outputs();

  CHECK(testing::save(function) == fresh);
  CHECK(io.ranges().empty());
  CHECK(memory.ranges().empty());
  CHECK_FALSE(wire());
  CHECK(function.msix()->entry_masked(0));
  CHECK_FALSE(function.msix()->pending(1));
}

TEST_CASE_FIXTURE(Fixture, "the generic snapshot check, in mid-interrupt with BARs mapped") {
  command(0x3);
  write(kSlot, 0x10, 4, 0xc000);
  write(kSlot, 0x24, 4, 0x80);
  function.msix()->notify(2);
  function.set_interrupt(true);

  const testing::SnapshotCheck check = testing::check_snapshot(function);

  CHECK(check.changed);
  CHECK(check.loaded);
  CHECK(check.equal);
}

TEST_CASE_FIXTURE(Fixture, "loading maps BARs and restores the wire without an edge") {
  command(0x3);
  write(kSlot, 0x10, 4, 0xc000);
  function.set_interrupt(true);
  const auto bytes = testing::save(function);
  BusTestbed other;
  SampleFunction copy;
  REQUIRE(other.bus.attach(copy, kSlot.device).ok());

  REQUIRE(testing::load(copy, bytes));

  CHECK(other.io.claimed(0xc000));
  CHECK(copy.intx_level(0));
  CHECK(other.router.calls == 0);
  copy.set_interrupt(false);
  CHECK(other.router.calls == 1);
}

TEST_CASE("register hooks see clipped accesses, before a read and after a write") {
  struct Hooked : PciFunction {
    Hooked() : PciFunction("hooked", SampleFunction::kIdentity) {
      config().define<uint32_t>(0xfc, 0, 0xffffffff);
    }
    void before_config_read(unsigned offset, unsigned size) override {
      CHECK(offset + size <= 0x100);
      config().set<uint8_t>(0xfc, 0x5a);
    }
    void after_config_write(unsigned offset, unsigned size) override {
      CHECK(offset + size <= 0x100);
      written = config().get<uint32_t>(0xfc);
    }
    uint32_t written = 0;
  } function;

  function.config_write(0xfe, 4, 0xffff1234);
  CHECK(function.written == 0x12340000);
  CHECK(function.config_read(0xfc, 4) == 0x1234005a);
  CHECK(function.config_read(0x1000, 4) == 0xffffffff);
}

}  // namespace
}  // namespace vireo
