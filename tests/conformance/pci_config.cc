// PCI rows about configuration space and its doors.
#include <doctest/doctest.h>

#include "tests/conformance/pci_machine.h"

namespace vireo {
namespace {

using testing::Noise;
using testing::PciMachine;

TEST_CASE_FIXTURE(PciMachine, "PCI-11 PCI-15: Linux's probes find both doors") {
  io.write(0xcfb, 1, 0x01);
  io.write(0xcf8, 4, 0x80000000);

  CHECK(io.read(0xcf8, 4) == 0x80000000);
  CHECK(io.read(0xcfc, 4) == 0x29c08086);
  CHECK(memory.read(kEcam, 4) == 0x29c08086);
}

TEST_CASE_FIXTURE(PciMachine, "PCI-13 PCI-32: a scan finds exactly the functions that exist") {
  std::vector<PciAddress> found;
  for (unsigned number = 0; number < 65536; ++number) {
    const PciAddress at{static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number >> 3 & 31),
                        static_cast<uint8_t>(number & 7)};
    if (ecam_read(at, 0, 4) != 0xffffffff) found.push_back(at);
  }

  CHECK(found ==
        std::vector<PciAddress>{kPresent[0], kPresent[2], kPresent[3], kPresent[4], kPresent[1]});
  CHECK(ecam_read({0, 5, 0}, 0x0e, 1) == 0x80);
  CHECK(ecam_read({0, 3, 0}, 0x0e, 1) == 0x00);
}

TEST_CASE_FIXTURE(PciMachine, "PCI-15: random writes through either door are seen through both") {
  Noise noise(0xec4);
  for (unsigned i = 0; i < 5000; ++i) {
    const PciAddress at = kPresent[1 + noise.below(4)];
    const unsigned size = 1u << noise.below(3);
    const unsigned offset = noise.below(256 / size) * size;
    const auto value = static_cast<uint32_t>(noise.next());
    i % 2 == 0 ? ecam_write(at, offset, size, value) : cf8_write(at, offset, size, value);
    REQUIRE(ecam_read(at, offset & ~3u, 4) == cf8_read(at, offset & ~3u, 4));
  }
}

TEST_CASE_FIXTURE(PciMachine, "PCI-16: every width at every offset around a function is harmless") {
  for (unsigned offset = 0; offset < 0x1008; ++offset) {
    for (unsigned size : {1u, 2u, 4u, 8u}) {
      const uint64_t at = kEcam + ecam_offset({0, 3, 0}, 0) + offset;
      memory.write(at, size, memory.read(at, size));
    }
  }

  CHECK(ecam_read({0, 3, 0}, 0, 4) == 0x10011af4);
}

// Header bits that a guest may change, by dword offset; capabilities aside.
uint32_t writable_header_bits(unsigned offset) {
  switch (offset) {
    case 0x04:
      return 0x0547;
    case 0x10:
      return 0xffffffc0;
    case 0x14:
      return 0xfffff000;
    case 0x20:
      return 0xffffc000;
    case 0x24:
      return 0xffffffff;
    case 0x3c:
      return 0xff;
    default:
      return 0;
  }
}

TEST_CASE_FIXTURE(PciMachine,
                  "PCI-22 PCI-25 PCI-26: ones written everywhere change what they may") {
  for (unsigned size : {1u, 2u, 4u}) {
    reset();
    host.program_express_window({kEcam, kEcamSize});
    for (unsigned offset = 0; offset < 0x40; offset += 4) {
      const uint32_t before = ecam_read({0, 3, 0}, offset, 4);
      for (unsigned i = 0; i < 4; i += size) {
        ecam_write({0, 3, 0}, offset + i, size, 0xffffffff);
      }
      CHECK((ecam_read({0, 3, 0}, offset, 4) ^ before) == (writable_header_bits(offset) & ~before));
    }
  }
}

TEST_CASE_FIXTURE(PciMachine, "PCI-22 PCI-34: capability lists are aligned, acyclic and end") {
  for (const PciAddress at : kPresent) {
    const bool has_list = (ecam_read(at, 0x06, 2) & 0x10) != 0;
    CHECK(has_list == (ecam_read(at, 0x34, 1) != 0));
    unsigned previous = 0x3c, steps = 0;
    for (unsigned next = ecam_read(at, 0x34, 1); next != 0; next = ecam_read(at, next + 1, 1)) {
      CHECK(next % 4 == 0);
      CHECK(next > previous);
      previous = next;
      REQUIRE(++steps < 48);
    }
  }
}

TEST_CASE_FIXTURE(PciMachine, "PCI-49: a reset brings every function back to its first state") {
  std::vector<std::vector<std::byte>> fresh, again;
  host.reset();
  bus.for_each([&](PciFunction& function) { fresh.push_back(testing::save(function)); });
  host.program_express_window({kEcam, kEcamSize});
  Noise noise(0x49);
  for (unsigned i = 0; i < 3000; ++i) {
    bus.config_write(kPresent[noise.below(5)], noise.below(256), 1u << noise.below(3),
                     static_cast<uint32_t>(noise.next()));
  }
  three.set_interrupt(true);
  five.msix()->notify(1);

  reset();

  bus.for_each([&](PciFunction& function) { again.push_back(testing::save(function)); });
  CHECK(again == fresh);
  CHECK(memory.ranges().empty());
  CHECK(io.ranges().size() == 2);
}

}  // namespace
}  // namespace vireo
