#include "pci/expansion_rom.h"

#include <doctest/doctest.h>

#include "pci/resource_assignment.h"
#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

using testing::BusTestbed;
using testing::SampleFunction;

constexpr PciAddress kAt{0, 3, 0};
constexpr unsigned kRom = 0x30;

std::vector<std::byte> image(size_t bytes) {
  std::vector<std::byte> all(bytes, std::byte{0x11});
  all[0] = std::byte{0x55};
  all[1] = std::byte{0xaa};
  return all;
}

struct WithRom : BusTestbed {
  SampleFunction function;
  WithRom() {
    function.add_rom(image(3000));
    REQUIRE(bus.attach(function, 3).ok());
  }
};

TEST_CASE_FIXTURE(WithRom, "PCI-43: the register gives size and enable bit, and nothing else") {
  CHECK(read(kAt, kRom, 4) == 0);
  write(kAt, kRom, 4, 0xffffffff);
  CHECK(read(kAt, kRom, 4) == 0xfffff001);
  write(kAt, kRom, 4, 0xfffff800);
  CHECK(read(kAt, kRom, 4) == 0xfffff000);
}

TEST_CASE_FIXTURE(WithRom, "PCI-43: the image shows with its bit and memory decode both on") {
  write(kAt, kRom, 4, 0xfebc0001);
  CHECK_FALSE(memory.claimed(0xfebc0000));
  write(kAt, 0x04, 2, 2);
  CHECK(memory.read(0xfebc0000, 4) == 0x1111aa55);
  CHECK(memory.read(0xfebc0000 + 2998, 4) == 0xffff1111);
  CHECK(memory.read(0xfebc0ff8, 8) == ~uint64_t{0});
  memory.write(0xfebc0000, 4, 0);
  CHECK(memory.read(0xfebc0000, 2) == 0xaa55);

  write(kAt, kRom, 4, 0xfebc0000);
  CHECK_FALSE(memory.claimed(0xfebc0000));
}

TEST_CASE_FIXTURE(WithRom, "PCI-43: no place at 0 or at the top, none after a reset") {
  write(kAt, 0x04, 2, 2);
  write(kAt, kRom, 4, 1);
  CHECK(memory.ranges().empty());
  write(kAt, kRom, 4, 0xfffff001);
  CHECK(memory.ranges().empty());
  write(kAt, kRom, 4, 0xfebc0001);
  CHECK(memory.ranges().size() == 1);

  function.reset();
  function.reset_outputs();
  CHECK(memory.ranges().empty());
  CHECK(read(kAt, kRom, 4) == 0);
}

TEST_CASE_FIXTURE(WithRom, "PCI-43: firmware gives it a place and leaves it off") {
  constexpr ResourceWindows kWindows{.io = {0x1000, 0x10000},
                                     .memory32 = {0xc0000000, 0xfec00000},
                                     .memory64 = {0x800000000, 0x1000000000}};
  REQUIRE(assign_resources(bus, kWindows, [](unsigned, unsigned) { return 11; }).ok());
  const uint32_t place = read(kAt, kRom, 4);
  CHECK(place >= 0xc0000000);
  CHECK((place & 0xfff) == 0);
  CHECK_FALSE(memory.claimed(place));
  write(kAt, kRom, 4, place | 1);
  CHECK(memory.read(place, 2) == 0xaa55);
}

TEST_CASE("PCI-43: without an image the register is not there") {
  BusTestbed testbed;
  SampleFunction function;
  REQUIRE(testbed.bus.attach(function, 3).ok());
  testbed.write(kAt, kRom, 4, 0xffffffff);
  CHECK(testbed.read(kAt, kRom, 4) == 0);
}

}  // namespace
}  // namespace vireo
