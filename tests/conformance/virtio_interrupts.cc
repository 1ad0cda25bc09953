// Interrupts of a virtio PCI function and its configuration access window: VP-26 to VP-28,
// VP-32, PCI-29, PCI-46, PCI-47.
#include <doctest/doctest.h>

#include "tests/unit/virtio/pci_bench.h"

namespace vireo {
namespace {

using namespace testing::common;
using testing::DriverRing;
using testing::VirtioPciBench;

struct Fixture : VirtioPciBench {
  DriverRing start_with_vectors(uint16_t config_vector, uint16_t queue_vector) {
    enable_msix();
    negotiate();
    set(kConfigVector, 2, config_vector);
    DriverRing ring = enable_queue();
    set(kQueueVector, 2, queue_vector);
    set_status(15);
    settle();
    return ring;
  }
  void resize() {
    disk.bytes.resize(disk.bytes.size() + 512);
    device->backend_resized();
  }
  // The access window.
  unsigned window() { return structure(5); }
  void aim(uint8_t bar, uint32_t offset, uint32_t length) {
    cfg_write(window() + 4, 1, bar);
    cfg_write(window() + 8, 4, offset);
    cfg_write(window() + 12, 4, length);
  }
  uint32_t window_read(unsigned size = 4) { return cfg(window() + 16, size); }
  void window_write(uint32_t value, unsigned size = 4) { cfg_write(window() + 16, size, value); }
};

TEST_CASE_FIXTURE(Fixture,
                  "VP-26: a used buffer sets ISR bit 0 and the wire; reading clears both") {
  auto ring = start();
  CHECK(isr() == 0);
  REQUIRE(serves(ring));
  CHECK(wire());
  CHECK((cfg(0x06, 2) & 8) != 0);

  CHECK(isr() == 1);

  CHECK_FALSE(wire());
  CHECK((cfg(0x06, 2) & 8) == 0);
  CHECK(isr() == 0);
}

TEST_CASE_FIXTURE(Fixture, "VP-26: writing the ISR has no effect") {
  auto ring = start();
  REQUIRE(serves(ring));
  memory.write(kIsrAddr, 1, 0xff);
  memory.write(kIsrAddr, 1, 0);
  CHECK(isr() == 1);
}

TEST_CASE_FIXTURE(Fixture, "VP-26: a configuration change sets ISR bit 1, with MSI-X too") {
  start_with_vectors(0, 1);
  resize();
  CHECK(msi.sent.size() == 1);
  CHECK_FALSE(wire());
  CHECK(isr() == 2);
}

TEST_CASE_FIXTURE(Fixture, "VP-27: events go out by their vectors, which may be one") {
  auto ring = start_with_vectors(0, 1);
  REQUIRE(serves(ring));
  resize();
  REQUIRE(msi.sent.size() == 2);
  CHECK(msi.sent[0].data == 0x41);
  CHECK(msi.sent[1].data == 0x40);

  set(kQueueVector, 2, 0);
  REQUIRE(serves(ring));
  CHECK(msi.sent.back().data == 0x40);
}

TEST_CASE_FIXTURE(Fixture, "VP-27: a vector that the table lacks reads back as none") {
  enable_msix();
  set(kConfigVector, 2, 1);
  set(kQueueVector, 2, 1);
  CHECK(get(kConfigVector, 2) == 1);
  CHECK(get(kQueueVector, 2) == 1);
  for (const unsigned vector : {2u, 100u, 0xfffeu, 0xffffu}) {
    set(kConfigVector, 2, vector);
    set(kQueueVector, 2, vector);
    CHECK(get(kConfigVector, 2) == 0xffff);
    CHECK(get(kQueueVector, 2) == 0xffff);
  }
}

TEST_CASE("VP-27: without MSI-X no vector can be set and INTx serves") {
  VirtioPciBench bench({.pci = {.vectors = 0}});
  auto ring = bench.start();
  bench.set(kQueueVector, 2, 0);
  CHECK(bench.get(kQueueVector, 2) == 0xffff);
  CHECK(bench.serves(ring));
  CHECK(bench.wire());
}

TEST_CASE_FIXTURE(Fixture, "VP-28: with MSI-X on an event without vector interrupts nowhere") {
  auto ring = start_with_vectors(0xffff, 0xffff);
  REQUIRE(serves(ring));
  resize();
  CHECK(msi.sent.empty());
  CHECK_FALSE(wire());
}

TEST_CASE_FIXTURE(Fixture, "PCI-46: a masked vector stays pending and is sent on unmasking") {
  auto ring = start_with_vectors(0, 1);
  memory.write(kMsix + 16 + 12, 4, 1);
  REQUIRE(serves(ring));
  REQUIRE(serves(ring));
  CHECK(msi.sent.empty());
  CHECK(memory.read(kMsix + 0x800, 4) == 2);

  memory.write(kMsix + 16 + 12, 4, 0);

  CHECK(msi.sent.size() == 1);
  CHECK(memory.read(kMsix + 0x800, 4) == 0);
}

TEST_CASE_FIXTURE(Fixture, "PCI-47: enabling MSI-X drops the wire, disabling shows the ISR again") {
  auto ring = start();
  REQUIRE(serves(ring));
  CHECK(wire());
  enable_msix();
  CHECK_FALSE(wire());
  disable_msix();
  CHECK(wire());
  isr();
  CHECK_FALSE(wire());
}

TEST_CASE_FIXTURE(Fixture, "PCI-29: the INTx disable bit silences the wire, not the status") {
  auto ring = start();
  cfg_write(0x04, 2, 0x407);
  REQUIRE(serves(ring));
  CHECK_FALSE(wire());
  CHECK((cfg(0x06, 2) & 8) != 0);
  cfg_write(0x04, 2, 7);
  CHECK(wire());
}

TEST_CASE_FIXTURE(Fixture, "VP-32: the window reads and writes the common structure") {
  aim(4, kStatus, 1);
  window_write(1, 1);
  CHECK(status() == 1);
  CHECK(window_read() == 1);
  aim(4, kQueueSize, 2);
  CHECK(window_read(2) == 256);
  aim(4, kDriverFeatureSelect, 4);
  window_write(0xabcd1234);
  CHECK(get(kDriverFeatureSelect, 4) == 0xabcd1234);
}

TEST_CASE_FIXTURE(Fixture, "VP-32: the window works with memory decoding off") {
  cfg_write(0x04, 2, 0);
  aim(4, kStatus, 1);
  window_write(1);
  CHECK(window_read() == 1);
  aim(4, 0x2000, 4);
  CHECK(window_read() == 128);
}

TEST_CASE_FIXTURE(Fixture, "VP-32: reading the ISR through the window clears it") {
  auto ring = start();
  REQUIRE(serves(ring));
  aim(4, 0x1000, 1);
  CHECK(window_read(1) == 1);
  CHECK_FALSE(wire());
  CHECK(window_read(1) == 0);
}

TEST_CASE_FIXTURE(Fixture, "VP-32: kicks through the window, by memory and by port") {
  auto ring = start();
  settle();
  offer_read(ring);
  aim(4, 0x3000, 2);
  window_write(0);
  settle();
  CHECK(ring.used_idx() == 1);
  offer_read(ring);
  aim(2, 0, 2);
  window_write(0, 2);
  settle();
  CHECK(ring.used_idx() == 2);
}

TEST_CASE_FIXTURE(Fixture, "VP-32: a window that is aimed badly makes no access") {
  set_status(3);
  const struct {
    uint8_t bar;
    uint32_t offset, length;
  } aims[] = {{4, 0x14, 0}, {4, 0x14, 3},   {4, 0x14, 8},        {4, 0x12, 4}, {4, 0x15, 2},
              {4, 64, 4},   {4, 0x1004, 4}, {4, 0x2000 + 60, 4}, {5, 0x14, 1}, {0, 0x12, 1},
              {1, 0, 4},    {255, 0, 4},    {4, ~3u, 4},         {3, 0, 1},    {4, 0x4000, 4}};
  for (const auto& a : aims) {
    aim(a.bar, a.offset, a.length);
    window_write(0);
    CHECK(window_read() == 0);
    CHECK(status() == 3);
  }
}

TEST_CASE_FIXTURE(Fixture, "VP-32: an access of any width that touches the data triggers") {
  aim(4, kStatus, 1);
  set_status(1);
  CHECK(cfg(window() + 16, 1) == 1);
  CHECK(cfg(window() + 16, 2) == 1);
  CHECK(cfg(window() + 18, 2) == 0);
}

}  // namespace
}  // namespace vireo
