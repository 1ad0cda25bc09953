// The common configuration structure, status and features: VP-08 to VP-20, VP-29 to VP-31.
#include <doctest/doctest.h>

#include "tests/unit/virtio/pci_bench.h"

namespace vireo {
namespace {

using namespace testing::common;
using testing::BenchOptions;
using testing::VirtioPciBench;

struct Fixture : VirtioPciBench {};
struct FourQueues : VirtioPciBench {
  FourQueues() : VirtioPciBench({.blk = {.num_queues = 4}}) {}
};

TEST_CASE_FIXTURE(Fixture, "VP-08: read-only registers ignore writes") {
  set(kDeviceFeatureSelect, 4, 0);
  for (const unsigned offset :
       {kDeviceFeature, kNumQueues, kQueueNotifyOff, kNotifyConfigData, kAdminIndex, kAdminCount}) {
    const uint64_t before = get(offset, 2);
    set(offset, 2, ~before & 0xffff);
    CHECK(get(offset, 2) == before);
  }
  const uint64_t generation = get(kGeneration, 1);
  set(kGeneration, 1, generation + 1);
  CHECK(get(kGeneration, 1) == generation);
}

TEST_CASE_FIXTURE(Fixture, "VP-09: 64-bit fields keep both halves, in either order and at once") {
  for (const unsigned field : {kQueueDesc, kQueueDriver, kQueueDevice}) {
    set(field + 4, 4, 0x11223344);
    set(field, 4, 0x55667780);
    CHECK(get(field, 8) == 0x1122334455667780);
    set(field, 4, 0x1000);
    CHECK(get(field + 4, 4) == 0x11223344);
    set(field, 8, 0xabcdef0123456780);
    CHECK(get(field, 4) == 0x23456780);
    CHECK(get(field + 4, 4) == 0xabcdef01);
  }
}

TEST_CASE_FIXTURE(FourQueues, "VP-09: a dword at 0x14 is status, generation and queue select") {
  set(0x14, 4, 0x00020001);
  CHECK(get(kStatus, 1) == 1);
  CHECK(get(kQueueSelect, 2) == 2);
  CHECK(get(0x14, 4) == 0x00020001);
}

TEST_CASE_FIXTURE(Fixture, "VP-09: byte writes change their byte of a wider register") {
  set(kQueueSelect, 2, 0x1234);
  set(kQueueSelect, 1, 0x56);
  CHECK(get(kQueueSelect, 2) == 0x1256);
  set(kQueueSelect + 1, 1, 0x78);
  CHECK(get(kQueueSelect, 2) == 0x7856);
}

TEST_CASE_FIXTURE(Fixture, "VP-09: any width at any offset is harmless") {
  for (unsigned offset = 0; offset < 0x80; ++offset) {
    for (const unsigned size : {1u, 2u, 4u, 8u}) {
      set(offset, size, 0x0101010101010101 & ~uint64_t{0});
      get(offset, size);
    }
  }
  set_status(0);
  auto ring = start();
  CHECK(serves(ring));
}

TEST_CASE_FIXTURE(Fixture, "VP-10: features come in words of 32 bits, zero beyond the second") {
  set(kDeviceFeatureSelect, 4, 1);
  CHECK((get(kDeviceFeature, 4) & 1) == 1);
  for (const uint32_t word : {2u, 3u, 4u, 5u, ~0u}) {
    set(kDeviceFeatureSelect, 4, word);
    CHECK(get(kDeviceFeature, 4) == 0);
    set(kDriverFeatureSelect, 4, word);
    set(kDriverFeature, 4, ~0u);
    CHECK(get(kDriverFeature, 4) == 0);
  }
  set(kDriverFeatureSelect, 4, 0);
  CHECK(get(kDriverFeature, 4) == 0);
}

TEST_CASE_FIXTURE(Fixture, "VP-10: legacy-only bits are not offered to a modern driver") {
  using namespace virtio_feature;
  CHECK((offered() & (kNotifyOnEmpty | kAnyLayout | kBadFeature)) == 0);
}

TEST_CASE_FIXTURE(Fixture, "VP-12: the whole offer and every smaller set are accepted") {
  const uint64_t all = offered();
  negotiate(all);
  negotiate(virtio_feature::kVersion1);
  for (unsigned bit = 0; bit < 64; ++bit) {
    if ((all & feature_bit(bit)) == 0) continue;
    negotiate(virtio_feature::kVersion1 | feature_bit(bit));
    negotiate((all & ~feature_bit(bit)) | virtio_feature::kVersion1);
  }
}

TEST_CASE_FIXTURE(Fixture, "VP-11, VP-12: a bit that was not offered refuses FEATURES_OK") {
  const uint64_t all = offered();
  for (unsigned bit = 0; bit < 64; ++bit) {
    if (all & feature_bit(bit)) continue;
    set_status(0);
    set_status(3);
    acknowledge(virtio_feature::kVersion1 | feature_bit(bit));
    set_status(11);
    CHECK(status() == 3);
  }
}

TEST_CASE_FIXTURE(Fixture, "VP-12: a driver that was refused may correct itself") {
  set_status(3);
  acknowledge(~uint64_t{0});
  set_status(11);
  CHECK(status() == 3);
  acknowledge(virtio_feature::kVersion1);
  set_status(11);
  CHECK(status() == 11);
}

TEST_CASE_FIXTURE(Fixture, "VP-13: features cannot change after FEATURES_OK") {
  negotiate();
  acknowledge(offered());
  set(kDriverFeatureSelect, 4, 0);
  CHECK(get(kDriverFeature, 4) == 0);
  set(kDriverFeatureSelect, 4, 1);
  CHECK(get(kDriverFeature, 4) == 1);
}

TEST_CASE("VP-14: without VERSION_1 FEATURES_OK is refused, transitional or not") {
  for (const OnOffAuto legacy : {OnOffAuto::kOn, OnOffAuto::kOff}) {
    VirtioPciBench bench({.pci = {.disable_legacy = legacy}});
    bench.set_status(3);
    bench.acknowledge(0);
    bench.set_status(11);
    CHECK(bench.status() == 3);
    bench.set_status(7);
    CHECK(bench.status() == 3);
  }
}

TEST_CASE_FIXTURE(FourQueues, "VP-15: writing 0 resets everything a driver set") {
  enable_msix();
  negotiate(offered());
  set(kConfigVector, 2, 1);
  set(kQueueSelect, 2, 1);
  set(kQueueVector, 2, 2);
  auto ring = enable_queue(1);
  set_status(15);
  offer_read(ring);
  kick(1);

  set_status(0);
  CHECK_FALSE(events.next_deadline_ns().has_value());
  settle();

  CHECK(status() == 0);
  CHECK(ring.used_idx() == 0);
  CHECK(get(kDeviceFeatureSelect, 4) == 0);
  CHECK(get(kDriverFeatureSelect, 4) == 0);
  CHECK(get(kDriverFeature, 4) == 0);
  CHECK(get(kConfigVector, 2) == 0xffff);
  CHECK(get(kQueueSelect, 2) == 0);
  set(kQueueSelect, 2, 1);
  CHECK(get(kQueueSize, 2) == 256);
  CHECK(get(kQueueVector, 2) == 0xffff);
  CHECK(get(kQueueEnable, 2) == 0);
  CHECK(get(kQueueDesc, 8) == 0);
  CHECK(get(kQueueDriver, 8) == 0);
  CHECK(get(kQueueDevice, 8) == 0);
  CHECK(msi.sent.empty());
}

TEST_CASE_FIXTURE(Fixture, "VP-15: a reset withdraws interrupt and ISR") {
  auto ring = start();
  REQUIRE(serves(ring));
  CHECK(wire());

  set_status(0);

  CHECK_FALSE(wire());
  CHECK(isr() == 0);
}

TEST_CASE_FIXTURE(Fixture, "VP-15: start and reset work again and again") {
  for (int i = 0; i < 20; ++i) {
    auto ring = start(offered());
    CHECK(serves(ring));
    offer_read(ring);
    kick();
  }
}

TEST_CASE_FIXTURE(Fixture, "VP-16: status bits are only added, unknown ones are dropped") {
  set_status(1);
  set_status(2);
  CHECK(status() == 3);
  set_status(128);
  CHECK(status() == 131);
  set_status(64 | 16 | 32);
  CHECK(status() == 131);
}

TEST_CASE_FIXTURE(Fixture, "VP-17: nothing is served before DRIVER_OK, all of it then") {
  negotiate();
  auto ring = enable_queue();
  offer_read(ring);
  kick();
  settle();
  CHECK(ring.used_idx() == 0);
  CHECK(ring.used_flags() == 0);

  set_status(15);
  settle();

  CHECK(ring.used_idx() == 1);
}

TEST_CASE_FIXTURE(FourQueues, "VP-19: num_queues does not depend on the selected queue") {
  for (const unsigned index : {0u, 3u, 4u, 0xffffu}) {
    set(kQueueSelect, 2, index);
    CHECK(get(kNumQueues, 2) == 4);
  }
}

TEST_CASE_FIXTURE(FourQueues, "VP-20: a queue that does not exist reads as nothing") {
  enable_msix();
  for (unsigned index = 4; index <= 0xffff; index += 13) {
    set(kQueueSelect, 2, index);
    set(kQueueSize, 2, 8);
    set(kQueueVector, 2, 0);
    set(kQueueDesc, 8, 0x1000);
    set(kQueueEnable, 2, 1);
    set(kQueueReset, 2, 1);
    REQUIRE(get(kQueueSelect, 2) == index);
    REQUIRE(get(kQueueSize, 2) == 0);
    REQUIRE(get(kQueueVector, 2) == 0xffff);
    REQUIRE(get(kQueueEnable, 2) == 0);
    REQUIRE(get(kQueueNotifyOff, 2) < 4);
    REQUIRE(get(kQueueDesc, 8) == 0);
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "VP-29: device configuration reads the same at any width, from reset on") {
  uint8_t bytes[60];
  for (unsigned i = 0; i < 60; ++i) {
    bytes[i] = static_cast<uint8_t>(memory.read(kDeviceAddr + i, 1));
  }
  for (const unsigned size : {2u, 4u, 8u}) {
    for (unsigned offset = 0; offset + size <= 60; ++offset) {
      uint64_t expected = 0;
      std::memcpy(&expected, bytes + offset, size);
      CHECK(memory.read(kDeviceAddr + offset, size) == expected);
    }
  }
  CHECK(memory.read(kDeviceAddr, 8) == 128);
}

TEST_CASE_FIXTURE(Fixture, "VP-29: past the end of the configuration reads 0 and drops writes") {
  CHECK(memory.read(kDeviceAddr + 60, 4) == 0);
  CHECK(memory.read(kDeviceAddr + 56, 8) == memory.read(kDeviceAddr + 56, 4));
  CHECK(memory.read(kDeviceAddr + 0xfff, 1) == 0);
  memory.write(kDeviceAddr + 58, 8, ~uint64_t{0});
  memory.write(kDeviceAddr + 0x800, 8, ~uint64_t{0});
  CHECK(memory.read(kDeviceAddr + 56, 4) == 1);
}

TEST_CASE_FIXTURE(Fixture, "VP-30: a change between two halves of a read shows in the generation") {
  start();
  const uint64_t before = get(kGeneration, 1);
  memory.read(kDeviceAddr, 4);
  disk.bytes.resize(128 << 10);
  device->backend_resized();
  memory.read(kDeviceAddr + 4, 4);
  CHECK(get(kGeneration, 1) != before);
  CHECK(memory.read(kDeviceAddr, 8) == 256);
}

TEST_CASE_FIXTURE(Fixture, "VP-30: the generation is stable, and unseen changes cannot wrap it") {
  const uint64_t before = get(kGeneration, 1);
  memory.read(kDeviceAddr, 8);
  CHECK(get(kGeneration, 1) == before);
  for (size_t i = 1; i <= 256; ++i) {
    disk.bytes.resize((64 << 10) + 512 * i);
    device->backend_resized();
  }
  CHECK(get(kGeneration, 1) != before);
}

TEST_CASE_FIXTURE(Fixture, "VP-31, BLK-11: a resize interrupts only a running driver") {
  disk.bytes.resize(96 << 10);
  device->backend_resized();
  CHECK(isr() == 0);

  start();
  device->backend_resized();  // no change
  CHECK(isr() == 0);
  disk.bytes.resize(128 << 10);
  device->backend_resized();

  CHECK(wire());
  CHECK(isr() == 2);
}

}  // namespace
}  // namespace vireo
