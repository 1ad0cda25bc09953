#include "pci/bus.h"

#include <doctest/doctest.h>

#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

using testing::BusTestbed;
using testing::SampleFunction;

TEST_CASE_FIXTURE(BusTestbed, "PCI-13: an absent function reads all ones and drops writes") {
  SampleFunction function;
  REQUIRE(bus.attach(function, 3).ok());

  for (const PciAddress at : {PciAddress{0, 2, 0}, PciAddress{0, 3, 1}, PciAddress{1, 3, 0}}) {
    CHECK(read(at, 0x00, 1) == 0xff);
    CHECK(read(at, 0x02, 2) == 0xffff);
    CHECK(read(at, 0x00, 4) == 0xffffffff);
    write(at, 0x04, 2, 0xffff);
  }
  CHECK(read({0, 3, 0}, 0x04, 4) == 0x00100000);
}

TEST_CASE_FIXTURE(BusTestbed, "attach refuses a place that is taken or does not exist") {
  SampleFunction first("first"), second("second");
  REQUIRE(bus.attach(first, 3).ok());

  const Result<void> taken = bus.attach(second, 3);

  REQUIRE_FALSE(taken.ok());
  CHECK(taken.error().message.find("second") != std::string::npos);
  CHECK(taken.error().message.find("first") != std::string::npos);
  CHECK_FALSE(bus.attach(second, 32).ok());
  CHECK_FALSE(bus.attach(second, 0, 8).ok());
  CHECK(bus.free_device(3) == 4u);
}

TEST_CASE_FIXTURE(BusTestbed,
                  "PCI-32: function 0 shows the multifunction bit, whatever comes first") {
  SampleFunction zero("zero"), one("one"), five("five");
  REQUIRE(bus.attach(five, 3, 5).ok());
  REQUIRE(bus.attach(zero, 3, 0).ok());
  CHECK(read({0, 3, 0}, 0x0e, 1) == 0x80);

  bus.detach(five);
  CHECK(read({0, 3, 0}, 0x0e, 1) == 0x00);
  REQUIRE(bus.attach(one, 3, 1).ok());
  CHECK(read({0, 3, 0}, 0x0e, 1) == 0x80);
  CHECK(read({0, 3, 1}, 0x0e, 1) == 0x00);
  zero.reset();
  CHECK(read({0, 3, 0}, 0x0e, 1) == 0x80);
}

TEST_CASE_FIXTURE(BusTestbed, "PCI-30: functions of a slot share a pin by OR") {
  SampleFunction zero("zero"), one("one"), two("two", PciPin::kB);
  REQUIRE(bus.attach(zero, 3, 0).ok());
  REQUIRE(bus.attach(one, 3, 1).ok());
  REQUIRE(bus.attach(two, 3, 2).ok());

  zero.set_interrupt(true);
  one.set_interrupt(true);
  two.set_interrupt(true);
  zero.set_interrupt(false);

  CHECK(router.level[3][0]);
  CHECK(router.level[3][1]);
  one.set_interrupt(false);
  CHECK_FALSE(router.level[3][0]);
  CHECK(router.level[3][1]);
}

TEST_CASE_FIXTURE(BusTestbed, "a detached function leaves no mapping, no level and no answer") {
  SampleFunction function;
  REQUIRE(bus.attach(function, 3).ok());
  write({0, 3, 0}, 0x10, 4, 0xc000);
  write({0, 3, 0}, 0x04, 2, 7);
  function.set_interrupt(true);

  bus.detach(function);
  function.set_interrupt(false);
  function.msix()->notify(0);

  CHECK(io.ranges().empty());
  CHECK_FALSE(router.level[3][0]);
  CHECK(read({0, 3, 0}, 0x00, 4) == 0xffffffff);
  CHECK(bus.free_device() == 0u);
}

}  // namespace
}  // namespace vireo
