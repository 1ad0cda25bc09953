#include "virtio/queue/split_queue.h"

#include <doctest/doctest.h>

#include "tests/unit/virtio/driver_kit.h"

namespace vireo {
namespace {

using testing::DriverRing;
using testing::Piece;
using testing::UsedEntry;

constexpr uint64_t kRing = 0x10000;
constexpr uint64_t kData = 0x40000;

struct Fixture {
  GuestMemory ram = GuestMemory::on_heap(0x100000);
  DriverRing ring{ram, DriverRing::layout_at(kRing, 8)};
  SplitQueue queue{ram};

  explicit Fixture(RingFeatures features = {.event_idx = false, .indirect = true}) {
    queue.start(ring.layout(), features);
  }
  // The driver posts, the device answers; true when the driver gets an interrupt.
  bool round_trip(uint32_t written = 0) {
    ring.offer(ring.chain({{kData, 16, true}}));
    answer(written);
    return queue.publish();
  }
  void answer(uint32_t written = 0) {
    const auto chain = queue.pop();
    REQUIRE(chain.has_value());
    queue.push(*chain, written);
  }
};

struct EventFixture : Fixture {
  EventFixture() : Fixture({.event_idx = true, .indirect = true}) {}
};

TEST_CASE_FIXTURE(Fixture, "an empty ring gives nothing and is not a failure") {
  CHECK_FALSE(queue.pop().has_value());
  CHECK_FALSE(queue.failed());
}

TEST_CASE_FIXTURE(Fixture, "a stopped queue gives nothing") {
  ring.offer(ring.chain({{kData, 1, true}}));
  queue.stop();

  CHECK_FALSE(queue.pop().has_value());
  CHECK_FALSE(queue.request_kicks());
  CHECK_FALSE(queue.failed());
}

TEST_CASE_FIXTURE(Fixture, "RG-01: a chain is followed through its descriptors") {
  ring.offer(
      ring.chain({{kData, 16, false}, {kData + 0x100, 512, true}, {kData + 0x400, 1, true}}));

  const auto chain = queue.pop();

  REQUIRE(chain.has_value());
  CHECK(chain->id() == 0);
  REQUIRE(chain->readable().size() == 1);
  CHECK(chain->readable()[0].addr == GuestAddr{kData});
  REQUIRE(chain->writable().size() == 2);
  CHECK(chain->writable()[0].length == 512);
  CHECK(chain->writable()[1].addr == GuestAddr{kData + 0x400});
}

TEST_CASE_FIXTURE(Fixture, "RG-01: indices run freely past 65535") {
  for (int i = 0; i < 70000; ++i) round_trip();

  CHECK_FALSE(queue.failed());
  CHECK(ring.used_idx() == static_cast<uint16_t>(70000));
}

TEST_CASE_FIXTURE(Fixture, "RG-02: a descriptor changed after the chain was taken has no effect") {
  const uint16_t head = ring.chain({{kData, 16, true}});
  ring.offer(head);
  const auto chain = queue.pop();
  REQUIRE(chain.has_value());

  ring.descriptor(head, kRing, 0x1000, testing::kDescWrite);

  CHECK(chain->writable()[0].addr == GuestAddr{kData});
  CHECK(chain->writable()[0].length == 16);
}

TEST_CASE_FIXTURE(Fixture, "RG-03: the device never writes table or available ring") {
  const auto snapshot = [this] {
    std::vector<std::byte> bytes(ring.layout().device_area - ring.layout().descriptors);
    ram.read_bytes(ring.layout().descriptors, bytes);
    return bytes;
  };
  ring.offer(ring.chain({{kData, 16, false}, {kData + 16, 16, true}}));
  const auto before = snapshot();

  answer(16);
  queue.publish();
  queue.suppress_kicks();
  queue.request_kicks();

  CHECK(snapshot() == before);
}

TEST_CASE_FIXTURE(Fixture, "RG-05, RG-06: used elements appear with their lengths when published") {
  ring.offer(ring.chain({{kData, 16, true}}));
  ring.offer(ring.chain({{kData, 16, true}}));
  answer(3);
  answer(16);
  CHECK(ring.used_idx() == 0);

  queue.publish();

  CHECK(ring.used_idx() == 2);
  CHECK(ring.used(0) == UsedEntry{0, 3});
  CHECK(ring.used(1) == UsedEntry{1, 16});
}

TEST_CASE_FIXTURE(Fixture, "chains may be answered out of order") {
  ring.offer(ring.chain({{kData, 16, true}}));
  ring.offer(ring.chain({{kData, 16, true}}));
  const auto first = queue.pop();
  const auto second = queue.pop();

  queue.push(*second, 2);
  queue.push(*first, 1);
  queue.publish();

  CHECK(ring.used(0) == UsedEntry{1, 2});
  CHECK(ring.used(1) == UsedEntry{0, 1});
}

TEST_CASE_FIXTURE(Fixture, "chains taken back are given again, in the same order") {
  const uint16_t first = ring.chain({{kData, 16, true}});
  const uint16_t second = ring.chain({{kData + 16, 16, true}, {kData + 32, 16, true}});
  ring.offer(first);
  ring.offer(second);
  const auto a = queue.pop();
  const auto b = queue.pop();
  REQUIRE(b.has_value());

  queue.unpop(*b);
  queue.unpop(*a);

  CHECK_FALSE(queue.publish());
  CHECK(ring.used_idx() == 0);
  CHECK(queue.pop()->id() == first);
  CHECK(queue.pop()->id() == second);
  CHECK_FALSE(queue.failed());
}

TEST_CASE("RG-12: with IN_ORDER the answers of a split ring wait for those before them") {
  Fixture f({.indirect = true, .in_order = true});
  for (int i = 0; i < 3; ++i) f.ring.offer(f.ring.chain({{kData, 16, true}}));
  const auto a = f.queue.pop(), b = f.queue.pop(), c = f.queue.pop();

  f.queue.push(*c, 3);
  f.queue.push(*b, 2);
  CHECK_FALSE(f.queue.publish());
  CHECK(f.ring.used_idx() == 0);
  f.queue.push(*a, 1);
  CHECK(f.queue.publish());

  CHECK(f.ring.used_idx() == 3);
  for (uint16_t i = 0; i < 3; ++i) CHECK(f.ring.used(i) == UsedEntry{i, i + 1u});
}

TEST_CASE_FIXTURE(Fixture, "a chain that was out when its queue stopped is dropped") {
  ring.offer(ring.chain({{kData, 16, true}}));
  const auto chain = queue.pop();
  REQUIRE(chain.has_value());
  queue.start(ring.layout(), {});

  queue.push(*chain, 16);

  CHECK_FALSE(queue.publish());
  CHECK(ring.used_idx() == 0);
}

TEST_CASE_FIXTURE(Fixture, "RG-07: without EVENT_IDX the available flags decide") {
  CHECK(round_trip());
  ring.set_avail_flags(1);
  CHECK_FALSE(round_trip());
  ring.set_avail_flags(0);
  CHECK(round_trip());
}

TEST_CASE_FIXTURE(Fixture, "publishing nothing interrupts nobody") {
  CHECK_FALSE(queue.publish());
  round_trip();
  CHECK_FALSE(queue.publish());
}

TEST_CASE_FIXTURE(Fixture, "RG-07: kicks are switched by used.flags, which is only 0 or 1") {
  queue.suppress_kicks();
  CHECK(ring.used_flags() == 1);

  CHECK_FALSE(queue.request_kicks());

  CHECK(ring.used_flags() == 0);
}

TEST_CASE_FIXTURE(Fixture, "RG-08: asking for kicks tells of work that slipped in") {
  queue.suppress_kicks();
  ring.offer(ring.chain({{kData, 1, true}}));

  CHECK(queue.request_kicks());
}

TEST_CASE_FIXTURE(EventFixture, "RG-08: EVENT_IDX interrupts when the batch passes used_event") {
  ring.set_used_event(1);
  CHECK_FALSE(round_trip());  // used.idx 0 -> 1
  CHECK(round_trip());        // 1 -> 2 passes 1
  CHECK_FALSE(round_trip());

  ring.set_used_event(4);
  for (int i = 0; i < 3; ++i) ring.offer(ring.chain({{kData, 16, true}}));
  for (int i = 0; i < 3; ++i) answer();

  CHECK(queue.publish());  // one batch 3 -> 6
}

TEST_CASE_FIXTURE(EventFixture, "RG-08: with EVENT_IDX flags are ignored and used.flags stays 0") {
  ring.set_avail_flags(1);
  CHECK(round_trip());

  queue.suppress_kicks();

  CHECK(ring.used_flags() == 0);
}

TEST_CASE_FIXTURE(EventFixture, "RG-08: avail_event follows the ring when kicks are asked for") {
  round_trip();
  round_trip();
  CHECK(ring.avail_event() == 0);

  CHECK_FALSE(queue.request_kicks());

  CHECK(ring.avail_event() == 2);
}

TEST_CASE_FIXTURE(EventFixture, "RG-08: avail_event counts chains taken, not chains answered") {
  ring.offer(ring.chain({{kData, 16, true}}));
  ring.offer(ring.chain({{kData, 16, true}}));
  answer();
  REQUIRE(queue.pop().has_value());

  CHECK_FALSE(queue.request_kicks());

  CHECK(ring.avail_event() == 2);
}

TEST_CASE_FIXTURE(EventFixture, "RG-08: the comparison holds where indices wrap") {
  for (int i = 0; i < 65535; ++i) round_trip();
  ring.set_used_event(65535);
  CHECK(round_trip());  // 65535 -> 0
  CHECK_FALSE(round_trip());
}

TEST_CASE_FIXTURE(Fixture,
                  "RG-13: NOTIFY_ON_EMPTY interrupts for the last chain, suppressed or not") {
  queue.set_features({.event_idx = false, .indirect = false, .notify_on_empty = true});
  ring.set_avail_flags(1);
  ring.offer(ring.chain({{kData, 16, true}}));
  ring.offer(ring.chain({{kData, 16, true}}));

  answer();
  CHECK_FALSE(queue.publish());
  answer();
  CHECK(queue.publish());
}

TEST_CASE_FIXTURE(Fixture, "RG-14: a restarted queue begins at index 0") {
  round_trip();
  queue.stop();
  queue.start(ring.layout(), {});
  ring.set_avail_idx(0);
  ring.offer(ring.chain({{kData, 16, true}}));

  CHECK(queue.pop().has_value());
  CHECK(queue.next_used() == 0);
}

TEST_CASE_FIXTURE(Fixture, "RG-10: an indirect table stands for its chain") {
  ring.offer(ring.indirect_chain(0x60001, {}, {{kData, 16, false}, {kData + 16, 32, true}}));

  const auto chain = queue.pop();

  REQUIRE(chain.has_value());
  CHECK(chain->readable_bytes() == 16);
  CHECK(chain->writable_bytes() == 32);
}

TEST_CASE_FIXTURE(Fixture, "RG-10: direct descriptors may come before the indirect one") {
  ring.offer(ring.indirect_chain(0x60000, {{kData, 4, false}, {kData, 4, false}},
                                 {{kData, 8, false}, {kData, 8, true}}));

  const auto chain = queue.pop();

  REQUIRE(chain.has_value());
  CHECK(chain->readable_bytes() == 16);
  CHECK(chain->writable_bytes() == 8);
}

TEST_CASE_FIXTURE(Fixture, "RG-10: WRITE on the indirect descriptor itself is ignored") {
  const uint32_t bytes = ring.indirect_table(0x60000, {{kData, 4, false}});
  ring.descriptor(0, 0x60000, bytes, testing::kDescIndirect | testing::kDescWrite);
  ring.offer(0);

  const auto chain = queue.pop();

  REQUIRE(chain.has_value());
  CHECK(chain->readable_bytes() == 4);
}

TEST_CASE_FIXTURE(Fixture, "RG-11: an indirect table may hold 1024 descriptors in a ring of 8") {
  ring.offer(ring.indirect_chain(0x60000, {}, std::vector<Piece>(1024, {kData, 1, false})));

  const auto chain = queue.pop();

  REQUIRE(chain.has_value());
  CHECK(chain->readable_bytes() == 1024);
}

TEST_CASE("LG-06: the legacy layout puts the used ring on the next page boundary") {
  const QueueLayout small = legacy_split_layout(0x20, 2);
  CHECK(small.descriptors == GuestAddr{0x20000});
  CHECK(small.driver_area == GuestAddr{0x20020});
  CHECK(small.device_area == GuestAddr{0x21000});

  const QueueLayout usual = legacy_split_layout(0x20, 256);
  CHECK(usual.driver_area == GuestAddr{0x21000});
  CHECK(usual.device_area == GuestAddr{0x22000});

  const QueueLayout large = legacy_split_layout(0x20, 1024);
  CHECK(large.driver_area == GuestAddr{0x24000});
  CHECK(large.device_area == GuestAddr{0x25000});

  CHECK(legacy_split_layout(UINT32_MAX, 128).descriptors == GuestAddr{0xffffffff000});
}

TEST_CASE("LG-06: the used ring is where the formula of 2.7.2 says, for every size") {
  for (uint32_t n = 2; n <= 1024; n *= 2) {
    const uint64_t expected = (16 * n + 2 * (3 + n) + 4095) / 4096 * 4096;
    CHECK(legacy_split_layout(1, static_cast<uint16_t>(n)).device_area.value == 4096 + expected);
  }
}

TEST_CASE_FIXTURE(EventFixture, "a loaded queue goes on where the saved one stood") {
  ring.offer(ring.chain({{kData, 16, true}}));
  ring.offer(ring.chain({{kData, 16, true}}));
  answer(5);
  queue.publish();
  Archive saved = Archive::saver();
  queue.visit(saved);

  SplitQueue loaded(ram);
  Archive loader = Archive::loader(saved.bytes());
  loaded.visit(loader);
  CHECK(loader.ok());
  CHECK(loader.at_end());
  const auto chain = loaded.pop();
  REQUIRE(chain.has_value());
  loaded.push(*chain, 6);
  loaded.publish();

  CHECK(ring.used(1) == UsedEntry{1, 6});
  Archive again = Archive::saver();
  SplitQueue reloaded(ram);
  Archive second = Archive::loader(saved.bytes());
  reloaded.visit(second);
  reloaded.visit(again);
  CHECK(again.bytes() == saved.bytes());
}

}  // namespace
}  // namespace vireo
