// The legacy interface: LG-01 to LG-10, LG-14, LG-17.
#include <doctest/doctest.h>

#include "tests/unit/virtio/pci_bench.h"

namespace vireo {
namespace {

using namespace testing::legacy;
using testing::DriverRing;
using testing::VirtioPciBench;

struct Fixture : VirtioPciBench {
  bool legacy_serves(DriverRing& ring) {
    const uint16_t before = ring.used_idx();
    offer_read(ring);
    set_port(kNotify, 2, 0);
    settle();
    return ring.used_idx() == static_cast<uint16_t>(before + 1) &&
           ram.read<uint8_t>(GuestAddr{kStatusByte}) == 0;
  }
  uint32_t offered_legacy() { return static_cast<uint32_t>(port(kDeviceFeatures, 4)); }
};

TEST_CASE_FIXTURE(Fixture, "LG-01: the registers are at their places") {
  CHECK((offered_legacy() & virtio_feature::kIndirectDesc) != 0);
  set_port(kDriverFeatures, 4, 0x200);
  CHECK(port(kDriverFeatures, 4) == 0x200);
  CHECK(port(kQueueSize, 2) == 128);
  set_port(kQueueSelect, 2, 1);
  CHECK(port(kQueueSelect, 2) == 1);
  CHECK(port(kQueueSize, 2) == 0);
  CHECK(port(kQueuePfn, 4) == 0);
  set_port(kStatus, 1, 1);
  CHECK(port(kStatus, 1) == 1);
  CHECK(port(kIsr, 1) == 0);
}

TEST_CASE_FIXTURE(Fixture, "LG-01: device features and ISR cannot be written") {
  const uint32_t before = offered_legacy();
  set_port(kDeviceFeatures, 4, ~before);
  set_port(kIsr, 1, 0xff);
  CHECK(offered_legacy() == before);
  CHECK(port(kIsr, 1) == 0);
}

TEST_CASE_FIXTURE(Fixture, "LG-02: the device configuration moves with MSI-X, both ways") {
  CHECK(port(0x14, 8) == 128);
  enable_msix();
  CHECK(port(0x18, 8) == 128);
  CHECK(port(kConfigVector, 2) == 0xffff);
  set_port(kConfigVector, 2, 1);
  set_port(kQueueVector, 2, 0);
  CHECK(port(0x14, 4) == 0x00000001);
  disable_msix();
  CHECK(port(0x14, 8) == 128);
}

TEST_CASE_FIXTURE(Fixture, "LG-02: vectors set through the legacy registers are used") {
  enable_msix();
  auto ring = start_legacy();
  set_port(kQueueVector, 2, 1);
  CHECK(port(kQueueVector, 2) == 1);
  set_port(kConfigVector, 2, 7);
  CHECK(port(kConfigVector, 2) == 0xffff);
  REQUIRE(legacy_serves(ring));
  REQUIRE(msi.sent.size() == 1);
  CHECK(msi.sent[0].data == 0x41);
  CHECK(port(kIsr, 1) == 0);
}

TEST_CASE_FIXTURE(
    Fixture, "LG-03: ANY_LAYOUT and NOTIFY_ON_EMPTY are offered, bits 32 on are not acknowledged") {
  CHECK((offered_legacy() & virtio_feature::kAnyLayout) != 0);
  CHECK((offered_legacy() & virtio_feature::kNotifyOnEmpty) != 0);
  acknowledge(~uint64_t{0});
  set_port(kStatus, 1, 3);
  set_port(kDriverFeatures, 4, offered_legacy());
  CHECK((function->core().driver_features() >> 32) == 0);
}

TEST_CASE_FIXTURE(Fixture, "LG-03: a driver that acknowledges bit 30 gets the safe set") {
  auto ring = start_legacy(offered_legacy());
  CHECK(function->core().features() == 0);
  CHECK(legacy_serves(ring));
}

TEST_CASE_FIXTURE(Fixture, "LG-04: features count from their write on, without FEATURES_OK") {
  set_port(kStatus, 1, 3);
  auto ring = set_pfn();
  set_port(kDriverFeatures, 4, static_cast<uint32_t>(virtio_feature::kIndirectDesc));
  ram.write(GuestAddr{kHeader}, std::array<uint32_t, 4>{});
  ring.offer(ring.indirect_chain(0x70000, {}, {{kHeader, 16, false}, {kData, 513, true}}));
  set_port(kStatus, 1, 7);
  settle();
  CHECK(ring.used_idx() == 1);
  CHECK(ring.used(0).length == 513);
}

TEST_CASE_FIXTURE(Fixture, "LG-05: a queue may be used before DRIVER_OK") {
  set_port(kStatus, 1, 3);
  auto ring = set_pfn();
  CHECK(legacy_serves(ring));
  CHECK(port(kIsr, 1) == 1);
}

TEST_CASE_FIXTURE(Fixture, "LG-06: the PFN reads back and places the ring") {
  auto ring = start_legacy();
  CHECK(port(kQueuePfn, 4) == kRing >> 12);
  CHECK(ring.layout().device_area.value == kRing + 0x2000 - 0x1000);
  for (int i = 0; i < 300; ++i) REQUIRE(legacy_serves(ring));
}

TEST_CASE_FIXTURE(Fixture, "LG-07: PFN 0 stops the queue, with no DMA after it") {
  auto ring = start_legacy();
  offer_read(ring);
  set_port(kNotify, 2, 0);
  set_port(kQueuePfn, 4, 0);
  settle();
  CHECK(ring.used_idx() == 0);
  CHECK(port(kQueuePfn, 4) == 0);
  CHECK(port(kStatus, 1) == 7);

  auto again = set_pfn();
  CHECK(legacy_serves(again));
}

TEST_CASE_FIXTURE(Fixture, "LG-08: the queue size is constant and small enough for boot firmware") {
  set_port(kQueueSize, 2, 16);
  CHECK(port(kQueueSize, 2) == 128);
  VirtioPciBench small({.blk = {.queue_size = 64}});
  CHECK(small.port(kQueueSize, 2) == 64);
}

TEST_CASE_FIXTURE(Fixture, "LG-09: device configuration is the same at any width and alignment") {
  for (unsigned offset = 0; offset < 52; ++offset) {
    uint64_t bytes = 0;
    for (unsigned i = 0; i < 8; ++i) bytes |= port(0x14 + offset + i, 1) << (8 * i);
    CHECK(port(0x14 + offset, 8) == bytes);
    CHECK(port(0x14 + offset, 4) == (bytes & UINT32_MAX));
    CHECK(port(0x14 + offset, 2) == (bytes & 0xffff));
  }
}

TEST_CASE_FIXTURE(Fixture, "LG-09: an access across registers and configuration is cut in two") {
  set_port(kStatus, 1, 1);
  CHECK(port(0x12, 4) == (128u << 16 | 1));
  set_port(0x10, 8, uint64_t{3} << 16);
  CHECK(port(kStatus, 1) == 3);
  CHECK(port(0x14, 8) == 128);
}

TEST_CASE_FIXTURE(Fixture, "LG-10: the writeback byte can be written") {
  set_port(kStatus, 1, 3);
  set_port(kDriverFeatures, 4, 1u << 11 | 1u << 9);
  CHECK(port(0x14 + 32, 1) == 1);
  set_port(0x14 + 32, 1, 0);
  CHECK(port(0x14 + 32, 1) == 0);
  CHECK_FALSE(device->writeback());
}

TEST_CASE_FIXTURE(Fixture,
                  "LG-12: one descriptor for all the readable and one for all the writable bytes") {
  auto ring = start_legacy();
  ram.write(GuestAddr{kHeader}, std::array<uint32_t, 4>{});
  ring.offer(ring.chain({{kHeader, 16, false}, {kData, 513, true}}));
  set_port(kNotify, 2, 0);
  settle();
  CHECK(ring.used(0).length == 513);
}

TEST_CASE_FIXTURE(Fixture, "LG-14: both interfaces see one device") {
  set_port(kStatus, 1, 3);
  CHECK(status() == 3);
  set_port(kQueueSelect, 2, 5);
  CHECK(get(testing::common::kQueueSelect, 2) == 5);
  set_status(0);
  CHECK(port(kStatus, 1) == 0);
  CHECK(port(kQueueSelect, 2) == 0);
}

TEST_CASE_FIXTURE(Fixture, "LG-14: a modern driver takes over from a legacy one, and back") {
  for (int i = 0; i < 3; ++i) {
    auto old_ring = start_legacy();
    REQUIRE(legacy_serves(old_ring));
    auto new_ring = start(offered());
    REQUIRE(serves(new_ring));
    CHECK(port(kQueuePfn, 4) == 0);
  }
}

TEST_CASE_FIXTURE(Fixture, "LG-17: used lengths are right for a legacy driver too") {
  auto ring = start_legacy();
  REQUIRE(legacy_serves(ring));
  CHECK(ring.used(0).length == 513);
  CHECK(wire());
  CHECK(port(kIsr, 1) == 1);
  CHECK_FALSE(wire());
}

TEST_CASE_FIXTURE(Fixture, "a broken legacy ring stops the device silently; a reset recovers it") {
  auto ring = start_legacy();
  ring.set_avail_idx(1000);
  set_port(kNotify, 2, 0);
  settle();
  CHECK(port(kStatus, 1) == 7);
  CHECK(port(kIsr, 1) == 0);
  ring.set_avail_idx(0);
  CHECK_FALSE(legacy_serves(ring));

  auto fresh = start_legacy();
  CHECK(legacy_serves(fresh));
}

TEST_CASE_FIXTURE(Fixture, "PCI-28: status 3 turns bus mastering on for drivers that forget it") {
  cfg_write(0x04, 2, 3);
  set_port(kStatus, 1, 1);
  CHECK((cfg(0x04, 2) & 4) == 0);
  set_port(kStatus, 1, 3);
  CHECK((cfg(0x04, 2) & 4) != 0);
  auto ring = set_pfn();
  CHECK(legacy_serves(ring));
}

TEST_CASE_FIXTURE(Fixture, "RG-13: NOTIFY_ON_EMPTY interrupts though the driver suppressed it") {
  auto ring = start_legacy(static_cast<uint32_t>(virtio_feature::kNotifyOnEmpty));
  ring.set_avail_flags(1);
  REQUIRE(legacy_serves(ring));
  CHECK(port(kIsr, 1) == 1);
}

}  // namespace
}  // namespace vireo
