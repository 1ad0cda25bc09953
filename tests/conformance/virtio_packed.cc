// Packed rings and in-order use as a driver meets them through the registers: VP-21, VP-23,
// RG-12, RG-16 to RG-21, LG-15.
#include <doctest/doctest.h>

#include "tests/unit/virtio/packed_kit.h"
#include "tests/unit/virtio/pci_bench.h"

namespace vireo {
namespace {

using namespace testing::common;
using namespace virtio_feature;
using testing::BenchOptions;
using testing::PackedDriverRing;
using testing::PackedEvent;
using testing::VirtioPciBench;

struct Fixture : VirtioPciBench {
  explicit Fixture(const VirtioPciOptions& pci = {.packed = true}, unsigned queues = 1)
      : VirtioPciBench({.pci = pci, .blk = {.num_queues = queues}}) {}

  PackedDriverRing enable_packed(uint16_t size, unsigned index = 0) {
    PackedDriverRing ring(ram, PackedDriverRing::layout_at(kRing + 0x10000 * index, size));
    ram.fill(ring.layout().descriptors, 0x10000, std::byte{0});
    set(kQueueSelect, 2, index);
    set(kQueueSize, 2, size);
    set(kQueueDesc, 8, ring.layout().descriptors.value);
    set(kQueueDriver, 8, ring.layout().driver_area.value);
    set(kQueueDevice, 8, ring.layout().device_area.value);
    set(kQueueEnable, 2, 1);
    return ring;
  }
  PackedDriverRing start_packed(uint16_t size = 8, uint64_t more = 0) {
    negotiate(kVersion1 | kRingPacked | more);
    PackedDriverRing ring = enable_packed(size);
    set_status(15);
    return ring;
  }
  void offer_packed(PackedDriverRing& ring) {
    ram.write(GuestAddr{kHeader}, std::array<uint32_t, 4>{});
    ram.write(GuestAddr{kStatusByte}, uint8_t{0xcc});
    ring.offer({{kHeader, 16, false}, {kData, 512, true}, {kStatusByte, 1, true}});
  }
  bool answered(PackedDriverRing& ring) {
    settle();
    const auto used = ring.take_used();
    return used && used->length == 513 && ram.read<uint8_t>(GuestAddr{kStatusByte}) == 0;
  }
  bool serves_packed(PackedDriverRing& ring, unsigned queue = 0) {
    offer_packed(ring);
    kick(queue);
    return answered(ring);
  }
};
struct EventFixture : Fixture {
  EventFixture() : Fixture({.event_idx = true, .packed = true}) {}
};

TEST_CASE("RG-16: packed rings serve at any size, lap after lap") {
  for (const uint16_t size : {3, 7, 8, 100, 256}) {
    CAPTURE(size);
    Fixture f;
    auto ring = f.start_packed(size);
    for (int i = 0; i < 2 * size; ++i) REQUIRE(f.serves_packed(ring));
  }
}

TEST_CASE_FIXTURE(Fixture, "VP-21, RG-16: a packed queue may have any size that it can have") {
  negotiate(kVersion1 | kRingPacked);
  for (const uint16_t size : {1, 3, 7, 255, 256}) {
    set(kQueueSize, 2, size);
    CHECK(get(kQueueSize, 2) == size);
  }
  for (const uint16_t size : {0, 257, 0xffff}) {
    set(kQueueSize, 2, size);
    CHECK(get(kQueueSize, 2) == 256);
  }
}

TEST_CASE_FIXTURE(Fixture, "VP-21: where packed rings were not chosen, sizes are powers of two") {
  negotiate(kVersion1);
  set(kQueueSize, 2, 7);
  CHECK(get(kQueueSize, 2) == 256);
}

TEST_CASE_FIXTURE(Fixture, "RG-16: a driver that does not choose packed rings gets split ones") {
  auto ring = start();
  CHECK(serves(ring));
}

TEST_CASE_FIXTURE(Fixture, "LG-15: packed rings are offered to modern drivers only") {
  CHECK((offered() & kRingPacked) != 0);
  CHECK((offered() & kInOrder) == 0);
  auto ring = start_legacy(~0u & ~static_cast<uint32_t>(kBadFeature));
  offer_read(ring);
  set_port(testing::legacy::kNotify, 2, 0);
  settle();
  CHECK(ring.used_idx() == 1);
}

TEST_CASE("LG-15: packed rings on a legacy-only function are an error that says so") {
  testing::VectorBackend disk(512);
  GuestMemory ram = GuestMemory::on_heap(4096);
  VirtualClock clock;
  EventQueue events(clock);
  auto made = VirtioPciFunction::create("vda", std::move(*VirtioBlk::create(disk, {})),
                                        {.disable_modern = true, .packed = true}, {ram, events});
  REQUIRE_FALSE(made.ok());
  CHECK(made.error().message.find("vda: packed=on") == 0);
  CHECK(made.error().message.find("disable-modern") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "RG-14, VP-15: a reset and a new start begin at slot 0 again") {
  for (int i = 0; i < 5; ++i) {
    auto ring = start_packed(7);
    for (int k = 0; k <= i; ++k) CHECK(serves_packed(ring));
  }
  auto split = start();
  CHECK(serves(split));
  auto packed = start_packed();
  CHECK(serves_packed(packed));
}

TEST_CASE("VP-23, RG-18: one packed queue is reset, and starts at wrap counter 1") {
  Fixture f({.packed = true}, 2);
  f.negotiate(kVersion1 | kRingPacked | kRingReset | feature_bit(12));
  auto first = f.enable_packed(3, 0);
  auto second = f.enable_packed(7, 1);
  f.set_status(15);
  for (int i = 0; i < 4; ++i) {
    CHECK(f.serves_packed(first, 0));
    CHECK(f.serves_packed(second, 1));
  }
  f.set(kQueueSelect, 2, 0);
  f.set(kQueueReset, 2, 1);
  CHECK(f.get(kQueueReset, 2) == 0);
  CHECK(f.get(kQueueEnable, 2) == 0);

  auto again = f.enable_packed(5, 0);
  CHECK(f.serves_packed(again, 0));
  CHECK(f.serves_packed(second, 1));
}

TEST_CASE("RG-21, VP-25: what a notification tells of the ring is only a hint") {
  Fixture f({.packed = true, .notification_data = true});
  auto ring = f.start_packed(8, kNotificationData);
  for (const uint32_t hint : {0u, 3u, 0x7fffu, 0x8000u, 0xffffu}) {
    f.offer_packed(ring);
    f.memory.write(VirtioPciBench::kNotifyAddr, 4, hint << 16);
    CHECK(f.answered(ring));
    f.offer_packed(ring);
    f.io.write(VirtioPciBench::kNotifyPort, 4, hint << 16);
    CHECK(f.answered(ring));
  }
  f.memory.write(VirtioPciBench::kNotifyAddr, 4, 0x12340000);  // nothing is there
  f.settle();
  CHECK_FALSE(ring.take_used().has_value());
  CHECK(f.status() == 15);
}

TEST_CASE("VP-25: with NOTIF_CONFIG_DATA a queue goes by the value that the device gave it") {
  Fixture f({.packed = true, .notif_config_data = true}, 2);
  f.negotiate(kVersion1 | feature_bit(12) | kNotifConfigData);
  auto ring = f.enable_queue(1);
  f.set_status(15);
  f.settle();
  f.set(kQueueSelect, 2, 1);
  const auto value = static_cast<uint16_t>(f.get(kNotifyConfigData, 2));
  CHECK(value != 1);

  f.offer_read(ring);
  f.io.write(VirtioPciBench::kNotifyPort, 2, 1);
  f.settle();
  CHECK(ring.used_idx() == 0);
  f.io.write(VirtioPciBench::kNotifyPort, 2, value);
  f.settle();
  CHECK(ring.used_idx() == 1);
}

TEST_CASE_FIXTURE(Fixture, "VP-08: without NOTIF_CONFIG_DATA its register reads 0") {
  negotiate();
  CHECK(get(kNotifyConfigData, 2) == 0);
}

TEST_CASE_FIXTURE(EventFixture, "RG-20: a batch costs one kick and one interrupt") {
  auto ring = start_packed(64, kEventIdx);
  settle();
  CHECK(ring.device_event() == PackedEvent{0, true, 2});
  ring.set_driver_event({14, true, 2});
  for (int i = 0; i < 5; ++i) offer_packed(ring);
  kick();
  settle();
  // Five lists of three: the last covers slots 12 to 14.
  CHECK(isr() == 1);
  CHECK(ring.device_event() == PackedEvent{15, true, 2});
  REQUIRE(serves_packed(ring));
  CHECK(isr() == 0);
}

TEST_CASE("RG-12: IN_ORDER is offered when asked for, with either ring format") {
  for (const bool packed : {false, true}) {
    VirtioPciBench bench({.pci = {.packed = packed, .in_order = true}});
    CHECK((bench.offered() & kInOrder) != 0);
    CHECK(((bench.offered() & kRingPacked) != 0) == packed);
    auto ring = bench.start(kVersion1 | kInOrder);
    for (int i = 0; i < 20; ++i) CHECK(bench.serves(ring));
  }
}

TEST_CASE_FIXTURE(Fixture, "a function saved in the midst of packed work goes on after loading") {
  auto ring = start_packed(7);
  for (int i = 0; i < 9; ++i) REQUIRE(serves_packed(ring));
  offer_packed(ring);
  kick();
  Archive saved = Archive::saver();
  function->visit(saved);
  set_status(0);

  Archive loader = Archive::loader(saved.bytes());
  function->visit(loader);

  CHECK(loader.ok());
  CHECK(loader.at_end());
  Archive again = Archive::saver();
  function->visit(again);
  CHECK(again.bytes() == saved.bytes());
  CHECK(answered(ring));
  CHECK(serves_packed(ring));
}

}  // namespace
}  // namespace vireo
