#include "pci/bar.h"

#include <doctest/doctest.h>

#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

using testing::BusTestbed;
using testing::RecordingHandler;
using testing::SampleFunction;

constexpr PciAddress kSlot{0, 3, 0};
constexpr unsigned kIoBar = 0x10, kMsixBar = 0x14, kNoBar = 0x18, kWideLow = 0x20, kWideHigh = 0x24;

struct Fixture : BusTestbed {
  SampleFunction function;
  Fixture() { (void)bus.attach(function, kSlot.device); }
  void command(uint16_t value) { write(kSlot, 0x04, 2, value); }
};

TEST_CASE_FIXTURE(Fixture, "PCI-23: sizing works for any probe pattern and the value comes back") {
  write(kSlot, kMsixBar, 4, 0xfebf1000);

  write(kSlot, kMsixBar, 4, 0xffffffff);
  CHECK(read(kSlot, kMsixBar, 4) == 0xfffff000);
  write(kSlot, kMsixBar, 4, 0xfffffff0);
  CHECK(read(kSlot, kMsixBar, 4) == 0xfffff000);
  write(kSlot, kMsixBar, 4, 0);
  for (unsigned i = 0; i < 4; ++i) write(kSlot, kMsixBar + i, 1, 0xff);
  CHECK(read(kSlot, kMsixBar, 4) == 0xfffff000);
  write(kSlot, kMsixBar, 4, 0xfebf1000);
  CHECK(read(kSlot, kMsixBar, 4) == 0xfebf1000);
}

TEST_CASE_FIXTURE(Fixture, "PCI-23: type bits are read-only") {
  write(kSlot, kIoBar, 4, 0);
  write(kSlot, kWideLow, 4, 0);

  CHECK(read(kSlot, kIoBar, 4) == 0x1);
  CHECK(read(kSlot, kWideLow, 4) == 0xc);
  write(kSlot, kIoBar, 4, 0xffffffff);
  CHECK(read(kSlot, kIoBar, 4) == (0xffffffc0 | 1));
}

TEST_CASE_FIXTURE(Fixture,
                  "PCI-23: a probe with decode on claims nothing and leaves nothing behind") {
  command(3);
  write(kSlot, kIoBar, 4, 0xc000);
  write(kSlot, kMsixBar, 4, 0xfebf1000);

  write(kSlot, kIoBar, 4, 0xffffffff);
  write(kSlot, kMsixBar, 4, 0xffffffff);

  CHECK(io.ranges().empty());
  CHECK(memory.ranges().empty());
  write(kSlot, kIoBar, 4, 0xc000);
  write(kSlot, kMsixBar, 4, 0xfebf1000);
  CHECK(io.claimed(0xc000));
  CHECK(memory.claimed(0xfebf1000));
  CHECK(io.ranges().size() == 1);
  CHECK(memory.ranges().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "PCI-23: moving a BAR leaves no mapping at the old address") {
  command(1);
  write(kSlot, kIoBar, 4, 0xc000);
  write(kSlot, kIoBar, 4, 0xc080);

  CHECK_FALSE(io.claimed(0xc000));
  CHECK(io.claimed(0xc080));
  CHECK(io.claimed(0xc0bf));
  CHECK_FALSE(io.claimed(0xc0c0));
}

TEST_CASE_FIXTURE(Fixture, "PCI-24: both halves of a 64-bit BAR size") {
  write(kSlot, kWideLow, 4, 0xffffffff);
  write(kSlot, kWideHigh, 4, 0xffffffff);

  CHECK(read(kSlot, kWideLow, 4) == 0xffffc00c);
  CHECK(read(kSlot, kWideHigh, 4) == 0xffffffff);
}

TEST_CASE("PCI-24: a BAR above 4 GiB in size has read-only zeros in its high half") {
  BusTestbed bed;
  RecordingHandler handler;
  PciFunction function("huge", SampleFunction::kIdentity);
  function.add_bar(2, {BarType::kMemory64, uint64_t{1} << 34, true}, handler);
  REQUIRE(bed.bus.attach(function, 1).ok());

  bed.write({0, 1, 0}, 0x18, 4, 0xffffffff);
  bed.write({0, 1, 0}, 0x1c, 4, 0xffffffff);

  CHECK(bed.read({0, 1, 0}, 0x18, 4) == 0xc);
  CHECK(bed.read({0, 1, 0}, 0x1c, 4) == 0xfffffffc);
}

TEST_CASE_FIXTURE(Fixture, "PCI-24: each half takes effect at once, in either order") {
  command(2);
  write(kSlot, kWideLow, 4, 0xe0000000);
  CHECK(memory.claimed(0xe0000000));

  write(kSlot, kWideHigh, 4, 0x80);

  CHECK_FALSE(memory.claimed(0xe0000000));
  CHECK(memory.claimed(0x80e0000000));
  write(kSlot, kWideLow, 4, 0x4000);
  CHECK(memory.claimed(0x8000004000));
  write(kSlot, kWideHigh, 4, 0);
  CHECK(memory.claimed(0x4000));
}

TEST_CASE_FIXTURE(Fixture,
                  "PCI-25: a BAR register that is not there reads zero and ignores writes") {
  write(kSlot, kNoBar, 4, 0xffffffff);

  CHECK(read(kSlot, kNoBar, 4) == 0);
  CHECK(read(kSlot, 0x1c, 4) == 0);
}

TEST_CASE_FIXTURE(Fixture, "PCI-27: address 0, the top and beyond the space stay undecoded") {
  command(3);

  write(kSlot, kIoBar, 4, 0);
  write(kSlot, kMsixBar, 4, 0);
  CHECK(io.ranges().empty());
  CHECK(memory.ranges().empty());
  write(kSlot, kIoBar, 4, 0xffc0);
  CHECK(io.ranges().empty());
  write(kSlot, kIoBar, 4, 0x1c000);
  CHECK(io.ranges().empty());
  write(kSlot, kMsixBar, 4, 0xfffff000);
  CHECK(memory.ranges().empty());
  write(kSlot, kWideLow, 4, 0xffffffff);
  write(kSlot, kWideHigh, 4, 0xffffffff);
  CHECK(memory.ranges().empty());
}

TEST_CASE_FIXTURE(Fixture, "PCI-27: a fixed chip of the board wins over a BAR laid on top of it") {
  RecordingHandler chip;
  chip.answer = 0x42;
  const IoMapping mapping = memory.map(0xfec00000, 0x1000, chip, "chip");
  command(2);
  write(kSlot, kWideLow, 4, 0xfec00000);

  CHECK(memory.read(0xfec00000, 4) == 0x42);
  CHECK(memory.read(0xfec01000, 4) == 0x55667788);
}

TEST_CASE("PCI-27: overlapping BARs resolve by place on the bus, not by order of writes") {
  BusTestbed bed;
  SampleFunction first("first"), second("second");
  first.memory_registers.answer = 1;
  second.memory_registers.answer = 2;
  REQUIRE(bed.bus.attach(second, 4).ok());
  REQUIRE(bed.bus.attach(first, 3).ok());
  for (uint8_t device : {uint8_t{4}, uint8_t{3}}) {
    bed.write({0, device, 0}, kWideLow, 4, 0xe0000000);
    bed.write({0, device, 0}, 0x04, 2, 2);
  }

  CHECK(bed.memory.read(0xe0000000, 4) == 1);
  bed.write({0, 3, 0}, kWideLow, 4, 0xd0000000);
  CHECK(bed.memory.read(0xe0000000, 4) == 2);
  bed.write({0, 3, 0}, kWideLow, 4, 0xe0000000);
  CHECK(bed.memory.read(0xe0000000, 4) == 1);
}

TEST_CASE_FIXTURE(Fixture, "PCI-26: a BAR decodes only while its command bit is set") {
  write(kSlot, kIoBar, 4, 0xc000);
  write(kSlot, kMsixBar, 4, 0xfebf1000);
  CHECK(io.read(0xc000, 4) == 0xffffffff);
  CHECK(memory.read(0xfebf1000, 4) == 0xffffffff);

  command(1);
  CHECK(io.read(0xc000, 4) == 0x55667788);
  CHECK(memory.read(0xfebf1000, 4) == 0xffffffff);
  command(2);
  CHECK(io.read(0xc000, 4) == 0xffffffff);
  CHECK(memory.read(0xfebf1000, 4) == 0);
}

TEST_CASE_FIXTURE(Fixture, "a BAR's handler sees offsets from the BAR's start") {
  command(1);
  write(kSlot, kIoBar, 4, 0xc040);

  io.write(0xc052, 2, 0xbeef);

  REQUIRE(function.io_registers.writes.size() == 1);
  CHECK(function.io_registers.writes[0] == RecordingHandler::Access{0x12, 2, 0xbeef});
}

}  // namespace
}  // namespace vireo
