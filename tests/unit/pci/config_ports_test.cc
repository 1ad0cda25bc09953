#include "pci/config_ports.h"

#include <doctest/doctest.h>

#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

using testing::Q35Testbed;
using testing::RecordingHandler;
using testing::SampleFunction;

constexpr PciAddress kHost{0, 0, 0};
constexpr PciAddress kSlot{0, 3, 0};
constexpr uint64_t kEcam = 0xb0000000;

// With ECAM open and a 4096-byte function beside the conventional chipset.
struct Fixture : Q35Testbed {
  SampleFunction express{"express", PciPin::kA, kPciExpressConfig};
  Fixture() {
    (void)bus.attach(express, kSlot.device);
    host.program_express_window({kEcam, 0x10000000});
  }
};

TEST_CASE_FIXTURE(Q35Testbed, "PCI-11: only an aligned dword write loads the address latch") {
  io.write(0xcf8, 4, 0x80001234);

  io.write(0xcf8, 1, 0xff);
  io.write(0xcf8, 2, 0xffff);
  io.write(0xcfa, 2, 0xffff);
  io.write(0xcfb, 1, 0x01);
  io.write(0xcf7, 4, 0xffffffff);

  CHECK(io.read(0xcf8, 4) == 0x80001234);
}

TEST_CASE_FIXTURE(Q35Testbed,
                  "PCI-11: reserved bits of the latch read zero, Linux's probe succeeds") {
  io.write(0xcf8, 4, 0xffffffff);
  CHECK(io.read(0xcf8, 4) == 0x80fffffc);

  io.write(0xcfb, 1, 0x01);
  io.write(0xcf8, 4, 0x80000000);
  CHECK(io.read(0xcf8, 4) == 0x80000000);
}

TEST_CASE_FIXTURE(Q35Testbed, "PCI-12: every byte lane reads and writes") {
  io.write(0xcf8, 4, Q35Testbed::latch(kHost, 0x00));
  CHECK(io.read(0xcfc, 4) == 0x29c08086);
  CHECK(io.read(0xcfc, 2) == 0x8086);
  CHECK(io.read(0xcfe, 2) == 0x29c0);
  CHECK(io.read(0xcfd, 1) == 0x80);
  CHECK(io.read(0xcfd, 2) == 0xc080);

  io.write(0xcf8, 4, Q35Testbed::latch(kHost, 0x90));
  io.write(0xcfd, 1, 0x33);
  io.write(0xcfe, 2, 0x1122);
  CHECK(io.read(0xcfc, 4) == 0x11223300);
}

TEST_CASE_FIXTURE(Q35Testbed, "PCI-12: with enable clear data reads all ones and drops writes") {
  io.write(0xcf8, 4, 0x00000090);

  io.write(0xcfc, 4, 0x33333333);

  CHECK(io.read(0xcfc, 4) == 0xffffffff);
  CHECK(cf8_read(kHost, 0x90, 4) == 0);
}

TEST_CASE_FIXTURE(Q35Testbed, "PCI-13: all absent addresses read all ones at any width") {
  for (unsigned bus_number = 0; bus_number < 256; bus_number += 51) {
    for (unsigned devfn = 0; devfn < 256; ++devfn) {
      const PciAddress at{static_cast<uint8_t>(bus_number), static_cast<uint8_t>(devfn >> 3),
                          static_cast<uint8_t>(devfn & 7)};
      if (at == kHost || at == PciAddress{0, 31, 0}) continue;
      REQUIRE(cf8_read(at, 0x00, 4) == 0xffffffff);
      REQUIRE(cf8_read(at, 0x02, 2) == 0xffff);
      REQUIRE(cf8_read(at, 0x0e, 1) == 0xff);
    }
  }
}

TEST_CASE_FIXTURE(Q35Testbed,
                  "PCI-14: only single bytes at 0xCF9 reach the reset control register") {
  cf9.answer = 0x0e;

  io.write(0xcf8, 4, 0x80000600);
  io.write(0xcf9, 2, 0x0606);
  CHECK(cf9.writes.empty());
  io.write(0xcf9, 1, 0x06);

  REQUIRE(cf9.writes.size() == 1);
  CHECK(cf9.writes[0] == RecordingHandler::Access{0, 1, 0x06});
  CHECK(io.read(0xcf9, 1) == 0x0e);
  CHECK(io.read(0xcf8, 4) == 0x80000600);
}

TEST_CASE_FIXTURE(Fixture, "PCI-15: ECAM and the ports see one state") {
  const uint64_t at = kEcam + ecam_offset(kSlot, 0);
  CHECK(memory.read(at, 4) == 0x10011af4);
  CHECK(memory.read(at + 2, 2) == 0x1001);
  CHECK(memory.read(at + 8, 1) == 0x03);

  memory.write(at + 0x04, 2, 0x0107);
  CHECK(cf8_read(kSlot, 0x04, 2) == 0x0107);
  cf8_write(kSlot, 0x3c, 1, 0x0b);
  CHECK(memory.read(at + 0x3c, 1) == 0x0b);
  for (unsigned offset = 0; offset < 0x100; offset += 4) {
    CHECK(memory.read(at + offset, 4) == cf8_read(kSlot, offset, 4));
  }
}

TEST_CASE_FIXTURE(Fixture, "PCI-15: extended space is per function, absent ones end the list") {
  CHECK(memory.read(kEcam + ecam_offset(kSlot, 0x100), 4) == 0);
  CHECK(memory.read(kEcam + ecam_offset(kHost, 0x100), 4) == 0xffffffff);
  CHECK(memory.read(kEcam + ecam_offset({0, 4, 0}, 0x100), 4) == 0xffffffff);
  CHECK(memory.read(kEcam + ecam_offset({255, 31, 7}, 0xffc), 4) == 0xffffffff);
}

TEST_CASE_FIXTURE(Fixture, "PCI-15: buses past the window's size are not decoded") {
  cf8_write(kHost, 0x60, 4, 0xb0000005);

  CHECK(memory.claimed(0xb3ffffff));
  CHECK_FALSE(memory.claimed(0xb4000000));
}

TEST_CASE_FIXTURE(Fixture, "PCI-16: wide and unaligned ECAM accesses are split") {
  const uint64_t at = kEcam + ecam_offset(kSlot, 0);

  CHECK(memory.read(at, 8) == 0x0010000010011af4);
  CHECK(memory.read(at + 1, 4) == 0x0010011a);
  CHECK(memory.read(at + 0xffe, 4) == 0xffff0000);
  memory.write(at + 0x39, 8, 0x5a5a5a5a5a5a5a5a);
  CHECK(cf8_read(kSlot, 0x3c, 4) == 0x0000015a);
}

TEST_CASE_FIXTURE(Fixture, "PCI-16: an access over the window's end reads ones beyond it") {
  CHECK((memory.read(kEcam + 0xffffffe, 4) >> 16) == 0xffff);
  memory.write(kEcam + 0xffffffe, 4, 0);
}

}  // namespace
}  // namespace vireo
