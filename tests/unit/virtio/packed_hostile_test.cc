// What a packed queue does with rings that break the rules: rows RG-30 to RG-41.
#include <doctest/doctest.h>

#include <array>
#include <string>

#include "tests/unit/pci/pci_testbed.h"
#include "tests/unit/virtio/packed_kit.h"
#include "virtio/queue/packed_queue.h"

namespace vireo {
namespace {

using testing::Noise;
using testing::PackedDriverRing;
using testing::Piece;

constexpr uint64_t kRam = 0x100000;
constexpr uint64_t kRing = 0x10000;
constexpr uint64_t kTable = 0x60000;
constexpr uint64_t kData = 0x40000;
constexpr RingFeatures kFeatures{.indirect = true, .packed = true};

struct Fixture {
  GuestMemory ram = GuestMemory::on_heap(kRam);
  PackedDriverRing ring{ram, PackedDriverRing::layout_at(kRing, 8)};
  PackedQueue queue{ram};
  Fixture() { queue.start(ring.layout(), kFeatures); }

  void descriptor(uint16_t slot, uint64_t addr, uint32_t length, uint16_t flags) {
    ring.put(slot, {addr, length, slot, static_cast<uint16_t>(flags | ring.ready())});
  }
  // The queue must stop with this reason, stay stopped, and work after a restart.
  void check_fails(const std::string& reason) {
    CHECK_FALSE(queue.pop().has_value());
    CHECK(queue.failed());
    CHECK(queue.failure().find(reason) != std::string::npos);
    descriptor(0, kData, 1, 0);
    CHECK_FALSE(queue.pop().has_value());

    queue.start(ring.layout(), kFeatures);
    CHECK(queue.pop().has_value());
  }
};

TEST_CASE_FIXTURE(Fixture, "RG-30, RG-32: a packed list without end") {
  for (uint16_t i = 0; i < 8; ++i) descriptor(i, kData, 1, descriptor_flag::kNext);
  check_fails("more than 8 descriptors");
}

TEST_CASE_FIXTURE(Fixture, "RG-31: any buffer id of a packed ring is only a number") {
  for (const uint16_t id : {0, 8, 0x7fff, 0xffff}) {
    ring.put(ring.next(), {kData, 1, id, ring.ready()});
    const auto chain = queue.pop();
    REQUIRE(chain.has_value());
    CHECK(chain->id() == id);
    queue.push(*chain, 0);
    queue.publish();
    ring.offer({{kData, 1, true}});  // moves the driver's side on
  }
}

TEST_CASE_FIXTURE(Fixture, "RG-33: a readable descriptor behind a writable one in a packed list") {
  ring.offer({{kData, 1, true}, {kData, 1, false}});
  check_fails("follows");
}

TEST_CASE_FIXTURE(Fixture, "RG-33: a readable descriptor behind a writable one in a packed table") {
  ring.indirect_chain(kTable, {{kData, 1, true}, {kData, 1, false}});
  ring.offer();
  check_fails("follows");
}

TEST_CASE_FIXTURE(Fixture, "RG-34: empty descriptors of a packed ring are tolerated") {
  ring.offer({{kData, 0, false}, {kData, 4, false}, {~uint64_t{0}, 0, true}});

  const auto chain = queue.pop();

  REQUIRE(chain.has_value());
  CHECK(chain->readable_bytes() == 4);
  CHECK(chain->writable_bytes() == 0);
}

TEST_CASE_FIXTURE(Fixture, "RG-35: packed buffers outside RAM, leaving it, or wrapping") {
  for (const Piece piece : {Piece{kRam, 1, true}, Piece{kRam - 1, 2, true},
                            Piece{~uint64_t{0} - 3, 8, false}, Piece{0xfebf0000, 4, true}}) {
    queue.start(ring.layout(), kFeatures);
    ring = PackedDriverRing(ram, ring.layout());
    ring.offer({piece});
    check_fails("not all RAM");
  }
}

TEST_CASE_FIXTURE(Fixture, "RG-35: a packed indirect table that is not in RAM") {
  descriptor(0, kRam - 16, 32, descriptor_flag::kIndirect);
  check_fails("indirect table");
}

TEST_CASE("RG-36: packed lengths of more than 4 GiB together, all in RAM") {
  GuestMemory ram = GuestMemory::on_heap(16u << 20);
  PackedDriverRing ring(ram, PackedDriverRing::layout_at(kRing, 8));
  PackedQueue queue(ram);
  queue.start(ring.layout(), kFeatures);
  ring.indirect_chain(kTable, std::vector<Piece>(1024, {0, 8u << 20, true}));
  ring.offer();

  CHECK_FALSE(queue.pop().has_value());
  CHECK(queue.failure().find("4 GiB") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "RG-37: the packed ring as a request's buffer is only memory") {
  ring.offer({{kRing, 128, true}});
  const auto chain = queue.pop();
  REQUIRE(chain.has_value());
  ram.fill(GuestAddr{kRing}, 128, std::byte{0xff});
  queue.push(*chain, 128);
  queue.publish();
  CHECK(queue.next_used() == 1);
}

TEST_CASE("RG-37: three packed areas at one address are only memory") {
  GuestMemory ram = GuestMemory::on_heap(kRam);
  PackedDriverRing ring(ram, {8, GuestAddr{kRing}, GuestAddr{kRing}, GuestAddr{kRing}});
  PackedQueue queue(ram);
  queue.start(ring.layout(), {.event_idx = true, .indirect = true, .packed = true});
  for (int i = 0; i < 64 && !queue.failed(); ++i) {
    ring.offer({{kData, 1, true}});
    if (const auto chain = queue.pop()) queue.push(*chain, 1);
    queue.publish();
    queue.request_kicks();
  }
  CHECK(queue.next_used() < 8);
}

TEST_CASE_FIXTURE(Fixture, "RG-38: more packed descriptors in flight than the ring has") {
  for (int i = 0; i < 8; ++i) {
    ring.offer({{kData, 1, true}});
    REQUIRE(queue.pop().has_value());
  }
  ring.offer({{kData, 1, true}});
  CHECK_FALSE(queue.pop().has_value());
  CHECK(queue.failure().find("more descriptors are available") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "RG-38: one buffer id twice in flight comes back twice") {
  for (uint16_t slot = 0; slot < 2; ++slot) {
    ring.put(slot, {kData, 1, 5, static_cast<uint16_t>(ring.ready() | descriptor_flag::kWrite)});
  }
  const auto first = queue.pop();
  const auto second = queue.pop();
  REQUIRE(second.has_value());
  queue.push(*second, 1);
  queue.push(*first, 1);
  queue.push(*first, 1);  // a third has nothing to answer
  queue.publish();
  CHECK(queue.next_used() == 2);
  CHECK(queue.in_flight() == 0);
}

TEST_CASE("RG-40: misplaced packed areas make the queue inert, its first use a failure") {
  GuestMemory ram = GuestMemory::on_heap(kRam);
  const QueueLayout good = PackedDriverRing::layout_at(kRing, 8);
  std::array<QueueLayout, 7> bad;
  bad.fill(good);
  bad[0].descriptors = good.descriptors + 8;
  bad[1].driver_area = good.driver_area + 2;
  bad[2].device_area = good.device_area + 1;
  bad[3].descriptors = GuestAddr{~uint64_t{0} - 15};
  bad[4].descriptors = GuestAddr{kRam};
  bad[5].size = 32769;
  bad[6].size = 0;
  for (const QueueLayout& layout : bad) {
    PackedQueue queue(ram);
    queue.start(layout, kFeatures);
    CHECK_FALSE(queue.failed());
    CHECK_FALSE(queue.pop().has_value());
    CHECK(queue.failed());
    CHECK_FALSE(queue.publish());
  }
}

TEST_CASE("RG-40: packed event suppression outside RAM fails when it is used") {
  GuestMemory ram = GuestMemory::on_heap(kRam);
  QueueLayout layout = PackedDriverRing::layout_at(kRing, 8);
  layout.driver_area = GuestAddr{kRam};
  PackedDriverRing ring(ram, layout);
  PackedQueue queue(ram);
  queue.start(layout, kFeatures);
  ring.offer({{kData, 1, true}});
  const auto chain = queue.pop();
  REQUIRE(chain.has_value());
  queue.push(*chain, 1);
  CHECK_FALSE(queue.publish());
  CHECK(queue.failed());
}

TEST_CASE_FIXTURE(Fixture, "RG-19: INDIRECT in a packed list, at its head or later") {
  descriptor(0, kTable, 16, descriptor_flag::kIndirect | descriptor_flag::kNext);
  check_fails("together with NEXT");

  queue.start(ring.layout(), kFeatures);
  descriptor(0, kData, 1, descriptor_flag::kNext);
  descriptor(1, kTable, 16, descriptor_flag::kIndirect);
  check_fails("within a list");
}

TEST_CASE_FIXTURE(Fixture, "RG-19: packed INDIRECT that was not negotiated") {
  queue.set_features({.packed = true});
  ring.indirect_chain(kTable, {{kData, 1, false}});
  ring.offer();
  check_fails("not negotiated");
}

TEST_CASE_FIXTURE(Fixture, "RG-11, RG-19: a packed indirect table of no, a broken or a long size") {
  for (const uint32_t bytes : {0u, 8u, 24u, 16u * 1025, 0xfffffff0u}) {
    queue.start(ring.layout(), kFeatures);
    descriptor(0, kTable, bytes, descriptor_flag::kIndirect);
    check_fails("indirect table of");
  }
}

TEST_CASE("random packed rings neither hang nor touch what is not theirs") {
  Noise noise(43);
  for (int round = 0; round < 300; ++round) {
    GuestMemory ram = GuestMemory::on_heap(0x20000);
    for (uint64_t at = 0; at < 0x8000; at += 2) {
      const uint64_t bits = noise.next();
      ram.write(GuestAddr{at}, static_cast<uint16_t>(bits & 1 ? bits >> 8 & 0x87 : bits >> 16));
    }
    PackedQueue queue(ram);
    const auto size = static_cast<uint16_t>(1 + noise.below(20));
    queue.start(PackedDriverRing::layout_at(0x1000, size),
                {.event_idx = true, .indirect = true, .packed = true});
    // What the device writes may make descriptors available, but each costs it a used one.
    for (int popped = 0; popped < 100; ++popped) {
      const auto chain = queue.pop();
      if (!chain) break;
      queue.push(*chain, chain->writable_bytes());
      REQUIRE(queue.in_flight() == 0);
    }
    queue.publish();
    queue.request_kicks();
  }
}

}  // namespace
}  // namespace vireo
