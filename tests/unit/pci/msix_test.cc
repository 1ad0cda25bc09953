#include "pci/msix.h"

#include <doctest/doctest.h>

#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

using testing::BusTestbed;
using testing::SampleFunction;

constexpr PciAddress kSlot{0, 3, 0};
constexpr unsigned kCapability = 0x40, kControl = 0x42;
constexpr uint64_t kBar = 0xfebf1000, kPba = kBar + 0x800;

// A function with 4 vectors, its MSI-X BAR decoded, MSI-X on, bus master on,
// vector n programmed to address 0xfee00000 + n * 0x1000, data 0x40 + n, and unmasked.
struct Fixture : BusTestbed {
  SampleFunction function;
  Fixture() {
    (void)bus.attach(function, kSlot.device);
    write(kSlot, 0x14, 4, kBar);
    write(kSlot, 0x04, 2, 6);
    write(kSlot, kControl, 2, 0x8000);
    for (unsigned vector = 0; vector < 4; ++vector) program(vector, 0xfee00000 + vector * 0x1000);
    for (unsigned vector = 0; vector < 4; ++vector) mask(vector, false);
  }
  void program(unsigned vector, uint64_t address) {
    memory.write(kBar + vector * 16, 8, address);
    memory.write(kBar + vector * 16 + 8, 4, 0x40 + vector);
  }
  void mask(unsigned vector, bool masked) {
    memory.write(kBar + vector * 16 + 12, 4, masked ? 1 : 0);
  }
  Msix& msix() { return *function.msix(); }
};

TEST_CASE("PCI-44: the capability tells table size, BAR and offsets, all read-only") {
  BusTestbed bed;
  SampleFunction function;
  REQUIRE(bed.bus.attach(function, kSlot.device).ok());

  for (unsigned i = 0; i < 12; ++i) bed.write(kSlot, kCapability + i, 1, 0xff);

  CHECK(bed.read(kSlot, kCapability, 2) == 0x0011);
  CHECK(bed.read(kSlot, kControl, 2) == (0xc000 | 3));
  CHECK(bed.read(kSlot, kCapability + 4, 4) == 0x001);
  CHECK(bed.read(kSlot, kCapability + 8, 4) == 0x801);
}

TEST_CASE("PCI-44: table and pending bits never overlap and fit their BAR, 1 to 2048 vectors") {
  for (unsigned vectors = 1; vectors <= kMsixMaxVectors; ++vectors) {
    const MsixLayout layout = MsixLayout::exclusive(1, vectors);
    REQUIRE(layout.table_size() <= layout.pba_offset);
    REQUIRE(layout.pba_offset % 8 == 0);
    REQUIRE(layout.pba_offset + layout.pba_size() <= layout.bar_size());
  }
  CHECK(MsixLayout::exclusive(1, 128).bar_size() == 0x1000);
  CHECK(MsixLayout::exclusive(1, 129).bar_size() == 0x1000);
  CHECK(MsixLayout::exclusive(1, 2048).bar_size() == 0x10000);
}

TEST_CASE("PCI-45: entries reset to zero and masked") {
  BusTestbed bed;
  SampleFunction function;

  CHECK(function.msix()->read(0x00, 8) == 0);
  CHECK(function.msix()->read(0x08, 8) == 0x100000000);
  CHECK(function.msix()->read(0x3c, 4) == 1);
}

TEST_CASE_FIXTURE(
    Fixture, "PCI-45: aligned dwords and qwords write; low address bits and control are clipped") {
  memory.write(kBar + 0x10, 8, 0x11223344fee0fff3);
  memory.write(kBar + 0x18, 4, 0xdeadbeef);
  memory.write(kBar + 0x1c, 4, 0xfffffffe);

  CHECK(memory.read(kBar + 0x10, 8) == 0x11223344fee0fff0);
  CHECK(memory.read(kBar + 0x18, 4) == 0xdeadbeef);
  CHECK(memory.read(kBar + 0x1c, 4) == 0);
  memory.write(kBar + 0x18, 8, 0x00000001cafef00d);
  CHECK(memory.read(kBar + 0x18, 8) == 0x00000001cafef00d);
}

TEST_CASE_FIXTURE(Fixture,
                  "PCI-45: narrow and unaligned writes do nothing, such reads give the bytes") {
  memory.write(kBar + 0x18, 1, 0xff);
  memory.write(kBar + 0x18, 2, 0xffff);
  memory.write(kBar + 0x1a, 4, 0xffffffff);
  memory.write(kBar + 0x14, 8, ~uint64_t{0});

  CHECK(memory.read(kBar + 0x18, 4) == 0x41);
  CHECK(memory.read(kBar + 0x11, 2) == 0xe010);
  CHECK(memory.read(kBar + 0x11, 8) == 0x4100000000fee010);
}

TEST_CASE_FIXTURE(Fixture,
                  "PCI-46: a vector that is free to go is sent with its address and data") {
  function.msix()->notify(2);

  REQUIRE(msi.sent.size() == 1);
  CHECK(msi.sent[0].address == 0xfee02000);
  CHECK(msi.sent[0].data == 0x42);
  CHECK(memory.read(kPba, 8) == 0);
}

TEST_CASE_FIXTURE(Fixture, "PCI-46: a masked entry becomes pending once and goes out on unmask") {
  mask(1, true);

  msix().notify(1);
  msix().notify(1);

  CHECK(msi.sent.empty());
  CHECK(memory.read(kPba, 4) == 2);
  mask(1, false);
  CHECK(msi.sent.size() == 1);
  CHECK(memory.read(kPba, 4) == 0);
  mask(1, true);
  mask(1, false);
  CHECK(msi.sent.size() == 1);
}

TEST_CASE_FIXTURE(Fixture,
                  "PCI-46: the function mask holds all vectors, then sends them in order") {
  write(kSlot, kControl, 2, 0xc000);

  msix().notify(3);
  msix().notify(0);

  CHECK(memory.read(kPba, 4) == 9);
  write(kSlot, kControl, 2, 0x8000);
  REQUIRE(msi.sent.size() == 2);
  CHECK(msi.sent[0].data == 0x40);
  CHECK(msi.sent[1].data == 0x43);
}

TEST_CASE_FIXTURE(Fixture, "PCI-46: with MSI-X off a vector waits for enable") {
  write(kSlot, kControl, 2, 0);
  msix().notify(0);
  CHECK(msi.sent.empty());

  write(kSlot, kControl, 2, 0x8000);

  CHECK(msi.sent.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "PCI-28: without bus master nothing is sent until it is set") {
  write(kSlot, 0x04, 2, 2);
  msix().notify(0);
  CHECK(msi.sent.empty());
  CHECK(msix().pending(0));

  write(kSlot, 0x04, 2, 6);

  CHECK(msi.sent.size() == 1);
  CHECK_FALSE(msix().pending(0));
}

TEST_CASE_FIXTURE(Fixture, "PCI-46: all obstacles must go before a pending vector does") {
  mask(0, true);
  write(kSlot, kControl, 2, 0x4000);
  write(kSlot, 0x04, 2, 2);
  msix().notify(0);

  mask(0, false);
  write(kSlot, kControl, 2, 0xc000);
  write(kSlot, kControl, 2, 0x8000);
  CHECK(msi.sent.empty());

  write(kSlot, 0x04, 2, 6);
  CHECK(msi.sent.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "PCI-46: a pending vector uses the address and data of the unmask") {
  mask(1, true);
  msix().notify(1);
  memory.write(kBar + 0x10, 4, 0xfee0b000);

  memory.write(kBar + 0x18, 8, 0x99);

  REQUIRE(msi.sent.size() == 1);
  CHECK(msi.sent[0].address == 0xfee0b000);
  CHECK(msi.sent[0].data == 0x99);
}

TEST_CASE_FIXTURE(Fixture, "PCI-46: writes to the pending bits are ignored") {
  mask(0, true);
  msix().notify(0);

  memory.write(kPba, 4, 0);
  memory.write(kPba, 8, 0xf);

  CHECK(memory.read(kPba, 8) == 1);
}

TEST_CASE_FIXTURE(Fixture, "a vector past the table is ignored") {
  msix().notify(4);
  msix().notify(~0u);

  CHECK(msi.sent.empty());
  CHECK(memory.read(kPba, 8) == 0);
}

TEST_CASE_FIXTURE(Fixture, "the rest of the MSI-X BAR reads zero and drops writes") {
  memory.write(kBar + 0x400, 4, 0xffffffff);
  memory.write(kBar + 0xff8, 8, ~uint64_t{0});

  CHECK(memory.read(kBar + 0x400, 4) == 0);
  CHECK(memory.read(kBar + 0xff8, 8) == 0);
}

}  // namespace
}  // namespace vireo
