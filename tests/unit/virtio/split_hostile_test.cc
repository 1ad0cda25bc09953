// What a split queue does with rings that break the rules: rows RG-30 to RG-41.
#include <doctest/doctest.h>

#include <array>
#include <string>

#include "tests/unit/pci/pci_testbed.h"
#include "tests/unit/virtio/driver_kit.h"
#include "virtio/queue/split_queue.h"

namespace vireo {
namespace {

using testing::DriverRing;
using testing::kDescIndirect;
using testing::kDescNext;
using testing::kDescWrite;
using testing::Noise;
using testing::Piece;

constexpr uint64_t kRam = 0x100000;
constexpr uint64_t kRing = 0x10000;
constexpr uint64_t kTable = 0x60000;
constexpr uint64_t kData = 0x40000;

struct Fixture {
  GuestMemory ram = GuestMemory::on_heap(kRam);
  DriverRing ring{ram, DriverRing::layout_at(kRing, 8)};
  SplitQueue queue{ram};
  Fixture() { queue.start(ring.layout(), {.event_idx = false, .indirect = true}); }

  // The queue must stop with this reason, and stay stopped.
  void check_fails(const std::string& reason) {
    CHECK_FALSE(queue.pop().has_value());
    CHECK(queue.failed());
    CHECK(queue.failure().find(reason) != std::string::npos);
    ring.descriptor(0, kData, 1, 0);
    ring.offer(0);
    CHECK_FALSE(queue.pop().has_value());
  }
};

TEST_CASE_FIXTURE(Fixture, "RG-30: avail.idx further ahead than the ring is long") {
  ring.set_avail_idx(9);
  check_fails("ahead of a ring of 8");
}

TEST_CASE_FIXTURE(Fixture, "RG-30: avail.idx that goes back") {
  ring.set_avail_idx(0xffff);
  check_fails("ahead");
}

TEST_CASE_FIXTURE(Fixture, "RG-31: a head outside the table") {
  ring.offer(8);
  check_fails("index 8 outside");
}

TEST_CASE_FIXTURE(Fixture, "RG-31: a next index outside the table") {
  ring.descriptor(0, kData, 1, kDescNext, 0x8000);
  ring.offer(0);
  check_fails("index 32768 outside");
}

TEST_CASE_FIXTURE(Fixture, "RG-31: a next index outside an indirect table") {
  ring.put_descriptor(GuestAddr{kTable}, kData, 1, kDescNext, 5);
  ring.descriptor(0, kTable, 32, kDescIndirect);
  ring.offer(0);
  check_fails("index 5 outside a table of 2");
}

TEST_CASE_FIXTURE(Fixture, "RG-32: a loop") {
  ring.descriptor(0, kData, 1, kDescNext, 1);
  ring.descriptor(1, kData, 1, kDescNext, 0);
  ring.offer(0);
  check_fails("loop");
}

TEST_CASE_FIXTURE(Fixture, "RG-32: a loop inside an indirect table") {
  ring.put_descriptor(GuestAddr{kTable}, kData, 1, kDescNext, 0);
  ring.descriptor(0, kTable, 16, kDescIndirect);
  ring.offer(0);
  check_fails("loop");
}

TEST_CASE_FIXTURE(Fixture, "RG-33: a readable descriptor behind a writable one") {
  ring.offer(ring.chain({{kData, 1, true}, {kData, 1, false}}));
  check_fails("follows");
}

TEST_CASE_FIXTURE(Fixture, "RG-34: empty descriptors are tolerated") {
  ring.offer(ring.chain({{kData, 0, false}, {kData, 4, false}, {~uint64_t{0}, 0, true}}));

  const auto chain = queue.pop();

  REQUIRE(chain.has_value());
  CHECK(chain->readable_bytes() == 4);
  CHECK(chain->writable_bytes() == 0);
}

TEST_CASE_FIXTURE(Fixture, "RG-35: a buffer outside RAM") {
  ring.offer(ring.chain({{kRam, 1, true}}));
  check_fails("not all RAM");
}

TEST_CASE_FIXTURE(Fixture, "RG-35: a buffer that leaves RAM") {
  ring.offer(ring.chain({{kRam - 1, 2, true}}));
  check_fails("not all RAM");
}

TEST_CASE_FIXTURE(Fixture, "RG-35: a buffer that wraps past 2^64") {
  ring.offer(ring.chain({{~uint64_t{0} - 3, 8, true}}));
  check_fails("not all RAM");
}

TEST_CASE("RG-35: a buffer across a hole") {
  std::array<std::byte, 0x20000> host{};
  GuestMemory ram(
      {{GuestAddr{0}, 0x10000, host.data()}, {GuestAddr{0x20000}, 0x10000, host.data() + 0x10000}});
  DriverRing ring(ram, DriverRing::layout_at(0x1000, 8));
  SplitQueue queue(ram);
  queue.start(ring.layout(), {});
  ring.offer(ring.chain({{0xf000, 0x12000, true}}));

  CHECK_FALSE(queue.pop().has_value());
  CHECK(queue.failed());
}

TEST_CASE_FIXTURE(Fixture, "RG-36: lengths of more than 4 GiB together") {
  ring.offer(ring.indirect_chain(kTable, {}, std::vector<Piece>(1024, {0, 0xfffff000, false})));
  check_fails("not all RAM");
}

TEST_CASE("RG-36: lengths of more than 4 GiB together, all in RAM") {
  // 2 GiB of address space over one page of host memory would need real RAM; 1024 times
  // the same 8 MiB reaches the limit as well.
  GuestMemory ram = GuestMemory::on_heap(16u << 20);
  DriverRing ring(ram, DriverRing::layout_at(kRing, 8));
  SplitQueue queue(ram);
  queue.start(ring.layout(), {.event_idx = false, .indirect = true});
  ring.offer(ring.indirect_chain(kTable, {}, std::vector<Piece>(1024, {0, 8u << 20, true})));

  CHECK_FALSE(queue.pop().has_value());
  CHECK(queue.failure().find("4 GiB") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "RG-37: the used ring as a request's buffer is only memory") {
  const uint64_t used = ring.layout().device_area.value;
  ring.offer(ring.chain({{used, 64, true}}));

  const auto chain = queue.pop();
  REQUIRE(chain.has_value());
  queue.push(*chain, 64);
  queue.publish();

  CHECK(ring.used_idx() == 1);
}

TEST_CASE("RG-37: three areas at one address are only memory") {
  GuestMemory ram = GuestMemory::on_heap(kRam);
  DriverRing ring(ram, {8, GuestAddr{kRing}, GuestAddr{kRing}, GuestAddr{kRing}});
  SplitQueue queue(ram);
  queue.start(ring.layout(), {.event_idx = true, .indirect = true});
  for (uint16_t i = 0; i < 64 && !queue.failed(); ++i) {
    ring.offer(static_cast<uint16_t>(i % 8));
    if (const auto chain = queue.pop()) queue.push(*chain, 1);
    queue.publish();
    queue.request_kicks();
  }
  CHECK(queue.next_used() <= 64);
}

TEST_CASE_FIXTURE(Fixture, "RG-38: more chains in flight than descriptors") {
  const uint16_t head = ring.chain({{kData, 1, true}});
  for (int i = 0; i < 8; ++i) {
    ring.offer(head);
    REQUIRE(queue.pop().has_value());
  }
  ring.offer(head);
  check_fails("8 in flight");
}

TEST_CASE("RG-40: misplaced areas make the queue inert, its first use a failure") {
  GuestMemory ram = GuestMemory::on_heap(kRam);
  const QueueLayout good = DriverRing::layout_at(kRing, 8);
  std::array<QueueLayout, 7> bad;
  bad.fill(good);
  bad[0].descriptors = good.descriptors + 8;
  bad[1].driver_area = good.driver_area + 1;
  bad[2].device_area = good.device_area + 2;
  bad[3].descriptors = GuestAddr{~uint64_t{0} - 15};
  bad[4].driver_area = GuestAddr{kRam};
  bad[5].size = 6;
  bad[6].size = 0;
  for (const QueueLayout& layout : bad) {
    SplitQueue queue(ram);
    queue.start(layout, {});
    CHECK_FALSE(queue.failed());
    CHECK_FALSE(queue.pop().has_value());
    CHECK(queue.failed());
    CHECK_FALSE(queue.publish());
  }
}

TEST_CASE("RG-40: a used ring outside RAM fails when something is published") {
  GuestMemory ram = GuestMemory::on_heap(kRam);
  QueueLayout layout = DriverRing::layout_at(kRing, 8);
  layout.device_area = GuestAddr{kRam};
  DriverRing ring(ram, layout);
  SplitQueue queue(ram);
  queue.start(layout, {});
  ring.offer(ring.chain({{kData, 1, true}}));

  const auto chain = queue.pop();
  REQUIRE(chain.has_value());
  queue.push(*chain, 1);
  queue.publish();

  CHECK(queue.failed());
}

TEST_CASE_FIXTURE(Fixture, "RG-10: an indirect descriptor that also has NEXT") {
  ring.descriptor(0, kTable, ring.indirect_table(kTable, {{kData, 1, false}}),
                  kDescIndirect | kDescNext, 1);
  ring.offer(0);
  check_fails("together with NEXT");
}

TEST_CASE_FIXTURE(Fixture, "RG-10: an indirect table inside an indirect table") {
  ring.put_descriptor(GuestAddr{kTable}, kTable, 16, kDescIndirect, 0);
  ring.descriptor(0, kTable, 16, kDescIndirect);
  ring.offer(0);
  check_fails("inside an indirect table");
}

TEST_CASE_FIXTURE(Fixture, "RG-10: INDIRECT that was not negotiated") {
  queue.set_features({});
  ring.offer(ring.indirect_chain(kTable, {}, {{kData, 1, false}}));
  check_fails("not negotiated");
}

TEST_CASE_FIXTURE(Fixture, "RG-10: an indirect table of no or a broken length") {
  for (const uint32_t bytes : {0u, 8u, 24u, 0xfffffff0u}) {
    queue.start(ring.layout(), {.event_idx = false, .indirect = true});
    ring.set_avail_idx(0);
    ring.descriptor(0, kTable, bytes, kDescIndirect);
    ring.offer(0);
    CHECK_FALSE(queue.pop().has_value());
    CHECK(queue.failed());
  }
}

TEST_CASE_FIXTURE(Fixture, "RG-11: an indirect table over the limit") {
  ring.offer(ring.indirect_chain(kTable, {}, std::vector<Piece>(1025, {kData, 1, false})));
  check_fails("indirect table of 16400 bytes");
}

TEST_CASE_FIXTURE(Fixture, "RG-35: an indirect table that is not in RAM") {
  ring.descriptor(0, kRam - 16, 32, kDescIndirect);
  ring.offer(0);
  check_fails("indirect table");
}

TEST_CASE("random rings neither hang nor touch what is not theirs") {
  Noise noise(42);
  for (int round = 0; round < 300; ++round) {
    GuestMemory ram = GuestMemory::on_heap(0x20000);
    for (uint64_t at = 0; at < 0x8000; at += 2) {
      // Small numbers more often than not, so that walks get somewhere.
      const uint64_t bits = noise.next();
      ram.write(GuestAddr{at}, static_cast<uint16_t>(bits & 1 ? bits >> 8 & 7 : bits >> 16));
    }
    SplitQueue queue(ram);
    queue.start(DriverRing::layout_at(0x1000, 16), {.event_idx = true, .indirect = true});
    int popped = 0;
    while (const auto chain = queue.pop()) {
      REQUIRE(++popped <= 16);
      queue.push(*chain, chain->writable_bytes());
    }
    queue.publish();
    queue.request_kicks();
  }
}

}  // namespace
}  // namespace vireo
