// Rings that break the rules, through the registers: the device asks for a reset, tells the
// driver, and works after it. Rows RG-30 to RG-41, for both ring formats.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/unit/virtio/packed_kit.h"
#include "tests/unit/virtio/pci_bench.h"

namespace vireo {
namespace {

using namespace testing::common;
using namespace virtio_feature;
using testing::DriverRing;
using testing::kDescIndirect;
using testing::kDescNext;
using testing::PackedDriverRing;
using testing::VirtioPciBench;

constexpr uint64_t kBuffer = VirtioPciBench::kData;
constexpr uint64_t kRamSize = 1 << 20;

struct Breach {
  std::string row;
  std::function<void(DriverRing&)> split;  // null: does not exist there
  std::function<void(PackedDriverRing&)> packed;
};

void put(PackedDriverRing& ring, uint16_t slot, uint64_t addr, uint32_t length, uint16_t flags) {
  ring.put(slot, {addr, length, slot, static_cast<uint16_t>(flags | ring.ready())});
}

const std::vector<Breach>& breaches() {
  static const std::vector<Breach> all{
      {"RG-30 far ahead", [](DriverRing& r) { r.set_avail_idx(9); }, nullptr},
      {"RG-30 backwards", [](DriverRing& r) { r.set_avail_idx(0xffff); }, nullptr},
      {"RG-31 head", [](DriverRing& r) { r.offer(8); }, nullptr},
      {"RG-31 next",
       [](DriverRing& r) {
         r.descriptor(0, kBuffer, 1, kDescNext, 999);
         r.offer(0);
       },
       nullptr},
      {"RG-32 loop",
       [](DriverRing& r) {
         r.descriptor(0, kBuffer, 1, kDescNext, 0);
         r.offer(0);
       },
       [](PackedDriverRing& r) {
         for (uint16_t i = 0; i < 8; ++i) put(r, i, kBuffer, 1, descriptor_flag::kNext);
       }},
      {"RG-33 order",
       [](DriverRing& r) {
         r.offer(r.chain({{kBuffer, 1, true}, {kBuffer, 1, false}}));
       },
       [](PackedDriverRing& r) {
         r.offer({{kBuffer, 1, true}, {kBuffer, 1, false}});
       }},
      {"RG-35 outside",
       [](DriverRing& r) {
         r.offer(r.chain({{kRamSize, 16, false}}));
       },
       [](PackedDriverRing& r) {
         r.offer({{kRamSize, 16, false}});
       }},
      {"RG-35 own BAR",
       [](DriverRing& r) {
         r.offer(r.chain({{VirtioPciBench::kNotifyAddr, 16, true}}));
       },
       [](PackedDriverRing& r) {
         r.offer({{VirtioPciBench::kNotifyAddr, 16, true}});
       }},
      {"RG-35 past 2^64",
       [](DriverRing& r) {
         r.offer(r.chain({{~uint64_t{0}, 2, false}}));
       },
       [](PackedDriverRing& r) {
         r.offer({{~uint64_t{0}, 2, false}});
       }},
      {"RG-10, RG-19 not negotiated",
       [](DriverRing& r) {
         r.descriptor(0, kBuffer, 16, kDescIndirect);
         r.offer(0);
       },
       [](PackedDriverRing& r) { put(r, 0, kBuffer, 16, descriptor_flag::kIndirect); }},
  };
  return all;
}

struct Fixture : VirtioPciBench {
  Fixture() : VirtioPciBench({.pci = {.packed = true}}) {}

  PackedDriverRing start_packed() {
    negotiate(kVersion1 | kRingPacked);
    PackedDriverRing ring(ram, PackedDriverRing::layout_at(kRing, 8));
    ram.fill(ring.layout().descriptors, 0x10000, std::byte{0});
    set(kQueueSize, 2, 8);
    set(kQueueDesc, 8, ring.layout().descriptors.value);
    set(kQueueDriver, 8, ring.layout().driver_area.value);
    set(kQueueDevice, 8, ring.layout().device_area.value);
    set(kQueueEnable, 2, 1);
    set_status(15);
    return ring;
  }
  // Kicks; the device must stop at once, say so, do nothing more, and recover by a reset.
  void check_stops_and_recovers() {
    isr();
    kick();
    settle();
    CHECK(status() == (15 | 64));
    CHECK((isr() & 2) != 0);
    kick();
    settle();
    CHECK(isr() == 0);
    auto ring = start();
    CHECK(serves(ring));
  }
};

TEST_CASE_FIXTURE(Fixture, "RG-30, RG-31, RG-32, RG-33, RG-35, RG-10: split rings, then a reset") {
  for (const Breach& breach : breaches()) {
    if (!breach.split) continue;
    CAPTURE(breach.row);
    DriverRing ring = start();
    breach.split(ring);
    check_stops_and_recovers();
  }
}

TEST_CASE_FIXTURE(Fixture, "RG-32, RG-33, RG-35, RG-19: packed rings, then a reset") {
  for (const Breach& breach : breaches()) {
    if (!breach.packed) continue;
    CAPTURE(breach.row);
    PackedDriverRing ring = start_packed();
    breach.packed(ring);
    check_stops_and_recovers();
  }
}

TEST_CASE_FIXTURE(Fixture, "RG-40: misplaced areas, packed and split, then a reset") {
  const std::pair<unsigned, uint64_t> bad[] = {
      {kQueueDesc, kRing + 8}, {kQueueDriver, kRing + 1},   {kQueueDevice, kRing + 2},
      {kQueueDesc, kRamSize},  {kQueueDesc, ~uint64_t{15}}, {kQueueDesc, kMsix},
  };
  for (const uint64_t format : {uint64_t{0}, kRingPacked}) {
    for (const auto& [field, address] : bad) {
      negotiate(kVersion1 | format);
      set(kQueueSize, 2, 8);
      for (const unsigned other : {kQueueDesc, kQueueDriver, kQueueDevice}) set(other, 8, kRing);
      set(field, 8, address);
      set(kQueueEnable, 2, 1);
      set_status(15);
      check_stops_and_recovers();
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "RG-38: heads used again while they are out, then a reset") {
  DriverRing ring = start();
  const uint16_t head = ring.chain({{kHeader, 16, false}, {kStatusByte, 1, true}});
  for (int i = 0; i < 9; ++i) ring.offer(head);
  check_stops_and_recovers();
}

TEST_CASE("RG-41: a ring whose RAM is gone when the machine is loaded fails at its next use") {
  for (const bool packed : {false, true}) {
    CAPTURE(packed);
    GuestMemory ram = GuestMemory::on_heap(kRamSize);
    RingQueue queue(ram);
    const QueueLayout layout =
        packed ? PackedDriverRing::layout_at(0x80000, 8) : DriverRing::layout_at(0x80000, 8);
    queue.start(layout, {.packed = packed});
    CHECK_FALSE(queue.ring().pop().has_value());
    CHECK_FALSE(queue.ring().failed());
    Archive saved = Archive::saver();
    queue.visit(saved);

    GuestMemory smaller = GuestMemory::on_heap(kRamSize / 2);
    RingQueue loaded(smaller);
    Archive loader = Archive::loader(saved.bytes());
    loaded.visit(loader);

    CHECK(loader.ok());
    CHECK_FALSE(loaded.ring().pop().has_value());
    CHECK(loaded.ring().failed());
    CHECK_FALSE(loaded.ring().publish());
    loaded.ring().suppress_kicks();
    CHECK_FALSE(loaded.ring().request_kicks());
  }
}

TEST_CASE_FIXTURE(Fixture, "RG-42: registers written during the run change nothing that is fixed") {
  DriverRing ring = start();
  offer_read(ring);
  kick();
  acknowledge(~uint64_t{0});
  set(kQueueSize, 2, 4);
  set(kQueueDesc, 8, 0x1000);
  set(kQueueEnable, 2, 0);
  settle();
  CHECK(ring.used_idx() == 1);
  CHECK(get(kQueueSize, 2) == 8);
  CHECK(serves(ring));
}

}  // namespace
}  // namespace vireo
