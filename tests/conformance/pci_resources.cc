// PCI rows about BARs and interrupts, from the guest's side of a whole machine.
#include <doctest/doctest.h>

#include "pci/resource_assignment.h"
#include "tests/conformance/pci_machine.h"

namespace vireo {
namespace {

using testing::PciMachine;

constexpr ResourceWindows kWindows{.io = {0xc000, 0x10000},
                                   .memory32 = {0xc0000000, 0xfec00000},
                                   .memory64 = {0x800000000, 0x1000000000}};
constexpr PciAddress kThree{0, 3, 0}, kFive{0, 5, 0}, kSixth{0, 5, 1};
constexpr unsigned kMsixControl = 0x42;

// Resources given out and PIRQs routed 10, 10, 11, 11 twice, as SeaBIOS leaves them.
struct Booted : PciMachine {
  Booted() {
    for (unsigned pirq = 0; pirq < kPirqs; ++pirq) lpc.program_pirq(pirq, pirq % 4 < 2 ? 10 : 11);
    (void)assign_resources(bus, kWindows, [this](unsigned device, unsigned pin) {
      return static_cast<uint8_t>(lpc.pic_input_of(lpc.pirq_of(device, pin)).value_or(0xff));
    });
  }
  uint64_t bar(PciAddress at, unsigned index) {
    return ecam_read(at, 0x10 + 4 * index, 4) & ~uint32_t{0xf};
  }
  // As Linux does it: decode off, ones, read, restore, decode on.
  uint32_t size_bar(PciAddress at, unsigned index, uint32_t pattern) {
    const uint32_t command = ecam_read(at, 0x04, 2), old = ecam_read(at, 0x10 + 4 * index, 4);
    ecam_write(at, 0x04, 2, command & ~3u);
    ecam_write(at, 0x10 + 4 * index, 4, pattern);
    const uint32_t mask = ecam_read(at, 0x10 + 4 * index, 4);
    ecam_write(at, 0x10 + 4 * index, 4, old);
    ecam_write(at, 0x04, 2, command);
    return mask;
  }
};

TEST_CASE_FIXTURE(Booted, "PCI-23 PCI-24: sizing all BARs leaves the memory map as it was") {
  const auto places = [this] {
    std::vector<std::pair<uint64_t, std::string>> all;
    for (const auto& range : memory.ranges()) all.emplace_back(range.base, range.name);
    for (const auto& range : io.ranges()) all.emplace_back(range.base, range.name);
    return all;
  };
  const auto before = places();

  for (const PciAddress at : {kThree, kFive, kSixth}) {
    CHECK(size_bar(at, 0, 0xffffffff) == 0xffffffc1);
    CHECK(size_bar(at, 1, 0xfffffff0) == 0xfffff000);
    CHECK(size_bar(at, 2, 0xffffffff) == 0);
    CHECK(size_bar(at, 4, 0xffffffff) == 0xffffc00c);
    CHECK(size_bar(at, 5, 0xffffffff) == 0xffffffff);
  }

  CHECK(places() == before);
}

TEST_CASE_FIXTURE(Booted, "PCI-26: turning decode off floats that kind of BAR only") {
  CHECK(io.read(bar(kThree, 0), 4) == 0x55667788);
  CHECK(memory.read(bar(kThree, 4), 8) == 0x1122334455667788);

  ecam_write(kThree, 0x04, 2, 2);
  CHECK(io.read(bar(kThree, 0), 4) == 0xffffffff);
  CHECK(memory.read(bar(kThree, 4), 8) == 0x1122334455667788);
  ecam_write(kThree, 0x04, 2, 1);
  CHECK(memory.read(bar(kThree, 4), 8) == ~uint64_t{0});
}

TEST_CASE_FIXTURE(Booted, "PCI-27: a BAR laid over ECAM or RCBA leaves both in reach") {
  lpc.program_rcba(0xfed1c000);

  ecam_write(kThree, 0x20, 4, 0xb0000000);
  CHECK(ecam_read(kThree, 0, 4) == 0x10011af4);
  ecam_write(kThree, 0x20, 4, 0xfed1c000);
  CHECK(memory.read(0xfed1f410, 4) == 0x20);
}

TEST_CASE_FIXTURE(Booted, "PCI-08 PCI-09 PCI-30: the interrupt line register tells the truth") {
  CHECK(ecam_read(kThree, 0x3c, 2) == 0x010b);  // slot 3 INTA# = PIRQH
  CHECK(ecam_read(kFive, 0x3c, 2) == 0x010a);   // slot 5 INTA# = PIRQF
  CHECK(ecam_read(kSixth, 0x3c, 2) == 0x020b);  // slot 5 INTB# = PIRQG

  three.set_interrupt(true);
  sixth.set_interrupt(true);
  CHECK(pic.level[11]);
  CHECK_FALSE(pic.level[10]);
  CHECK(ioapic.level[23]);
  CHECK(ioapic.level[22]);
  three.set_interrupt(false);
  CHECK(pic.level[11]);
  CHECK_FALSE(ioapic.level[23]);
}

TEST_CASE_FIXTURE(Booted, "PCI-29: INTx-disable drops the wire but not the status") {
  three.set_interrupt(true);

  ecam_write(kThree, 0x04, 2, 0x0507);

  CHECK_FALSE(ioapic.level[23]);
  CHECK((ecam_read(kThree, 0x06, 2) & 8) != 0);
  ecam_write(kThree, 0x04, 2, 0x0107);
  CHECK(ioapic.level[23]);
}

TEST_CASE_FIXTURE(Booted, "PCI-28 PCI-44 PCI-46 PCI-47: MSI-X set up as Linux does") {
  const uint64_t table = bar(kFive, ecam_read(kFive, 0x44, 4) & 7);
  const uint64_t pba = table + (ecam_read(kFive, 0x48, 4) & ~7u);
  five.set_interrupt(true);
  ecam_write(kFive, kMsixControl, 2, 0xc003);
  CHECK_FALSE(ioapic.level[21]);
  for (unsigned word = 0; word < 4; ++word) {
    constexpr uint32_t kEntry[] = {0xfee01000, 0, 0x4041, 0};
    memory.write(table + 0x10 + 4 * word, 4, kEntry[word]);
  }
  ecam_write(kFive, kMsixControl, 2, 0x8003);

  five.msix()->notify(1);
  CHECK(msi.sent.empty());
  CHECK(memory.read(pba, 8) == 2);
  ecam_write(kFive, 0x04, 2, 0x0107);

  REQUIRE(msi.sent.size() == 1);
  CHECK(msi.sent[0].address == 0xfee01000);
  CHECK(msi.sent[0].data == 0x4041);
  CHECK(memory.read(pba, 8) == 0);
  ecam_write(kFive, kMsixControl, 2, 0x0003);
  CHECK(ioapic.level[21]);
}

TEST_CASE_FIXTURE(Booted, "PCI-45: no access to the MSI-X BAR does harm") {
  const uint64_t base = bar(kFive, 1);
  for (uint64_t offset = 0; offset < 0x1000; ++offset) {
    for (unsigned size : {1u, 2u, 4u, 8u}) {
      memory.write(base + offset, size, ~uint64_t{0});
      (void)memory.read(base + offset, size);
    }
  }

  CHECK(memory.read(base + 0xc, 4) == 1);
  CHECK(memory.read(base, 4) == 0xfffffffc);
  CHECK(memory.read(base + 0x800, 8) == 0);
}

}  // namespace
}  // namespace vireo
