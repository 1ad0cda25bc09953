#include "pci/host_bridge.h"

#include <doctest/doctest.h>

#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

using testing::Q35Testbed;

constexpr PciAddress kHost{0, 0, 0};
constexpr unsigned kExpressBar = 0x60, kSmram = 0x9d, kEsmramc = 0x9e, kTsegBase = 0xac;

TEST_CASE_FIXTURE(Q35Testbed, "PCI-01: 00:00.0 is the q35 host bridge without BARs") {
  CHECK(cf8_read(kHost, 0x00, 4) == 0x29c08086);
  CHECK((cf8_read(kHost, 0x08, 4) >> 8) == 0x060000);
  CHECK(cf8_read(kHost, 0x0e, 1) == 0);
  for (unsigned bar = 0x10; bar < 0x28; bar += 4) {
    cf8_write(kHost, bar, 4, 0xffffffff);
    CHECK(cf8_read(kHost, bar, 4) == 0);
  }
}

TEST_CASE_FIXTURE(Q35Testbed, "PCI-02: PCIEXBAR resets to disabled at 0xb0000000") {
  CHECK(cf8_read(kHost, kExpressBar, 4) == 0xb0000000);
  CHECK(cf8_read(kHost, kExpressBar + 4, 4) == 0);
  CHECK(memory.ranges().empty());
}

TEST_CASE_FIXTURE(Q35Testbed, "PCI-02: SeaBIOS's order of writes opens 256 MiB") {
  cf8_write(kHost, kExpressBar, 4, 0);
  cf8_write(kHost, kExpressBar + 4, 4, 0);
  cf8_write(kHost, kExpressBar, 4, 0xb0000001);

  CHECK(memory.read(0xb0000000, 4) == 0x29c08086);
  CHECK(memory.claimed(0xbfffffff));
  CHECK_FALSE(memory.claimed(0xc0000000));
}

TEST_CASE_FIXTURE(Q35Testbed, "PCI-02: a byte write moves the window at once") {
  cf8_write(kHost, kExpressBar, 4, 0xb0000001);

  cf8_write(kHost, kExpressBar + 3, 1, 0xe0);
  CHECK_FALSE(memory.claimed(0xb0000000));
  CHECK(memory.read(0xe0000000, 4) == 0x29c08086);
  cf8_write(kHost, kExpressBar + 4, 1, 0x04);
  CHECK(memory.read(0x4e0000000, 4) == 0x29c08086);
  cf8_write(kHost, kExpressBar, 1, 0x00);
  CHECK(memory.ranges().empty());
}

TEST_CASE_FIXTURE(Q35Testbed, "PCI-02: the window can be moved through itself") {
  cf8_write(kHost, kExpressBar, 4, 0xb0000001);

  memory.write(0xb0000000 + kExpressBar, 4, 0xd0000001);

  CHECK_FALSE(memory.claimed(0xb0000000));
  CHECK(memory.read(0xd0000000 + kExpressBar, 4) == 0xd0000001);
}

TEST_CASE_FIXTURE(Q35Testbed, "PCI-02: base bits follow the size, the reserved size is off") {
  cf8_write(kHost, kExpressBar, 4, 0xbc000001);
  CHECK(host.express_window()->base == 0xb0000000);
  CHECK(host.express_window()->size == 0x10000000);
  cf8_write(kHost, kExpressBar, 4, 0xbc000003);
  CHECK(host.express_window()->base == 0xb8000000);
  CHECK(host.express_window()->size == 0x8000000);
  cf8_write(kHost, kExpressBar, 4, 0xbc000005);
  CHECK(host.express_window()->base == 0xbc000000);
  CHECK(host.express_window()->size == 0x4000000);

  cf8_write(kHost, kExpressBar, 4, 0xbc000007);

  CHECK_FALSE(host.express_window().has_value());
  CHECK(memory.ranges().empty());
}

TEST_CASE_FIXTURE(Q35Testbed, "PCI-02: a board without firmware programs the window after reset") {
  host.program_express_window({0xe0000000, 0x10000000});
  CHECK(memory.read(0xe0000000, 4) == 0x29c08086);

  reset();
  CHECK(memory.ranges().empty());
  CHECK(cf8_read(kHost, kExpressBar, 4) == 0xb0000000);
}

TEST_CASE_FIXTURE(Q35Testbed, "PCI-03: four modes of thirteen areas") {
  for (unsigned area = 0; area < kPamAreas; ++area) {
    const unsigned reg = area == 12 ? 0x90 : 0x91 + area / 2;
    const unsigned shift = area == 12 || area % 2 != 0 ? 4 : 0;
    for (unsigned mode = 0; mode < 4; ++mode) {
      cf8_write(kHost, reg, 1, mode << shift);
      const PamArea pam = host.pam_area(area);
      CHECK(pam.base == 0xc0000 + area * 0x4000);
      CHECK(pam.size == (area == 12 ? 0x10000 : 0x4000));
      CHECK(pam.read_ram == ((mode & 1) != 0));
      CHECK(pam.write_ram == ((mode & 2) != 0));
    }
    cf8_write(kHost, reg, 1, 0);
  }
}

TEST_CASE_FIXTURE(Q35Testbed, "PCI-03: a dword write splits into PAM bytes and is told") {
  unsigned calls = 0;
  host.set_memory_callback([&] { ++calls; });

  cf8_write(kHost, 0x90, 4, 0xffffffff);
  cf8_write(kHost, 0x94, 4, 0x00111111);

  CHECK(cf8_read(kHost, 0x90, 4) == 0x33333330);
  CHECK(cf8_read(kHost, 0x94, 4) == 0x00111111);
  CHECK(calls == 2);
  cf8_write(kHost, 0x50, 2, 0xffff);
  CHECK(calls == 2);
}

TEST_CASE_FIXTURE(Q35Testbed, "PCI-04: SMRAM and ESMRAMC reset values and fields") {
  CHECK(cf8_read(kHost, kSmram, 1) == 0x02);
  CHECK(cf8_read(kHost, kEsmramc, 1) == 0x38);

  cf8_write(kHost, kSmram, 1, 0x4f);
  cf8_write(kHost, kEsmramc, 1, 0x03);

  CHECK(cf8_read(kHost, kSmram, 1) == 0x4a);
  CHECK(cf8_read(kHost, kEsmramc, 1) == 0x3b);
  CHECK(host.smram().enabled);
  CHECK(host.smram().open);
  CHECK(host.smram().tseg);
  CHECK(host.smram().tseg_size == 2u << 20);
}

TEST_CASE_FIXTURE(Q35Testbed,
                  "PCI-04: the lock closes SMRAM and freezes all but D_CLS until reset") {
  cf8_write(kHost, kSmram, 1, 0x48);
  cf8_write(kHost, kEsmramc, 1, 0x05);

  cf8_write(kHost, kSmram, 1, 0x58);
  CHECK(cf8_read(kHost, kSmram, 1) == 0x1a);
  cf8_write(kHost, kSmram, 2, 0x0060);
  CHECK(cf8_read(kHost, kSmram, 1) == 0x3a);
  CHECK(cf8_read(kHost, kEsmramc, 1) == 0x3d);
  CHECK_FALSE(host.smram().open);
  CHECK(host.smram().closed);

  reset();
  cf8_write(kHost, kSmram, 1, 0x48);
  CHECK(cf8_read(kHost, kSmram, 1) == 0x4a);
}

TEST_CASE_FIXTURE(Q35Testbed, "PCI-04: firmware notes TSEG's base, in MiB, until the lock") {
  CHECK(cf8_read(kHost, kTsegBase, 4) == 0);
  cf8_write(kHost, kTsegBase, 4, 0x0f7fffff);
  CHECK(cf8_read(kHost, kTsegBase, 4) == 0x0f700000);

  cf8_write(kHost, kSmram, 1, 0x18);
  cf8_write(kHost, kTsegBase, 4, 0);
  CHECK(cf8_read(kHost, kTsegBase, 4) == 0x0f700000);

  reset();
  CHECK(cf8_read(kHost, kTsegBase, 4) == 0);
}

TEST_CASE_FIXTURE(Q35Testbed, "PCI-04: the lock survives a snapshot") {
  cf8_write(kHost, kSmram, 1, 0x18);
  const auto bytes = testing::save(host);
  Q35Testbed other;

  REQUIRE(testing::load(other.host, bytes));

  other.cf8_write(kHost, kSmram, 1, 0x40);
  CHECK(other.cf8_read(kHost, kSmram, 1) == 0x1a);
}

TEST_CASE_FIXTURE(Q35Testbed, "PCI-05: extras that this chip lacks read back as unsupported") {
  cf8_write(kHost, 0x50, 2, 0xffff);
  cf8_write(kHost, 0x9c, 1, 0xff);

  CHECK(cf8_read(kHost, 0x50, 2) == 0xffff);
  CHECK(cf8_read(kHost, 0x9c, 1) == 0);
}

TEST_CASE_FIXTURE(Q35Testbed, "direct boot: every PAM area becomes RAM") {
  host.open_all_pam();

  for (unsigned area = 0; area < kPamAreas; ++area) {
    CHECK(host.pam_area(area).read_ram);
    CHECK(host.pam_area(area).write_ram);
  }
}

TEST_CASE_FIXTURE(Q35Testbed, "host bridge: the generic snapshot check, with ECAM open") {
  cf8_write(kHost, kExpressBar, 4, 0xb0000001);
  cf8_write(kHost, 0x90, 4, 0x11223330);

  const testing::SnapshotCheck check = testing::check_snapshot(host);

  CHECK(check.changed);
  CHECK(check.loaded);
  CHECK(check.equal);
  CHECK(memory.read(0xb0000000, 4) == 0x29c08086);
  CHECK(io.read(0xcf8, 4) == Q35Testbed::latch(kHost, 0x90));
}

}  // namespace
}  // namespace vireo
