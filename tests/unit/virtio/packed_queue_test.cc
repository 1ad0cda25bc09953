#include "virtio/queue/packed_queue.h"

#include <doctest/doctest.h>

#include "tests/unit/virtio/packed_kit.h"

namespace vireo {
namespace {

using testing::PackedDriverRing;
using testing::PackedEvent;
using testing::Piece;
using testing::UsedEntry;

constexpr uint64_t kRing = 0x10000;
constexpr uint64_t kData = 0x40000;
constexpr uint64_t kTable = 0x60000;

constexpr uint16_t kAtDescriptor = 2;

struct Fixture {
  GuestMemory ram = GuestMemory::on_heap(0x100000);
  PackedDriverRing ring;
  PackedQueue queue{ram};

  explicit Fixture(RingFeatures features = {.indirect = true, .packed = true}, uint16_t size = 8)
      : ring(ram, PackedDriverRing::layout_at(kRing, size)) {
    queue.start(ring.layout(), features);
  }
  DescriptorChain take() {
    auto chain = queue.pop();
    REQUIRE(chain.has_value());
    return *chain;
  }
  // The driver posts one buffer, the device answers; true when the driver gets an interrupt.
  bool round_trip(uint32_t written = 0) {
    ring.offer({{kData, 16, true}});
    queue.push(take(), written);
    return queue.publish();
  }
};

struct EventFixture : Fixture {
  EventFixture() : Fixture({.event_idx = true, .indirect = true, .packed = true}) {}
};
struct OrderFixture : Fixture {
  OrderFixture() : Fixture({.indirect = true, .packed = true, .in_order = true}) {}
};

TEST_CASE_FIXTURE(Fixture, "RG-16: a descriptor is available when AVAIL is the wrap counter") {
  const uint16_t bits[] = {0, PackedDriverRing::kUsed,
                           PackedDriverRing::kAvail | PackedDriverRing::kUsed};
  for (const uint16_t flags : bits) {
    ring.put(uint16_t{0}, {kData, 1, 0, flags});
    CHECK_FALSE(queue.pop().has_value());
  }
  CHECK_FALSE(queue.failed());

  ring.put(uint16_t{0}, {kData, 1, 7, PackedDriverRing::kAvail});

  CHECK(take().id() == 7);
}

TEST_CASE("RG-16: rings of any size, lap after lap") {
  for (const uint16_t size : {1, 2, 3, 7, 100, 256, 32768}) {
    CAPTURE(size);
    Fixture f({.indirect = true, .packed = true}, size);
    const int rounds = size > 1000 ? size + 3 : 5 * size + 3;
    for (int i = 0; i < rounds; ++i) {
      f.round_trip(4);
      const auto used = f.ring.take_used();
      REQUIRE(used.has_value());
      REQUIRE(used->length == 4);
    }
    CHECK_FALSE(f.queue.failed());
    CHECK(f.queue.next_avail() == rounds % size);
    CHECK(f.queue.avail_wrap() == (rounds / size % 2 == 0));
  }
}

TEST_CASE_FIXTURE(Fixture, "RG-17: a list lies in a row and its last descriptor has the id") {
  ring.offer({{kData, 16, false}, {kData + 0x100, 512, true}, {kData + 0x400, 1, true}});

  const DescriptorChain chain = take();

  CHECK(chain.id() == 0);
  CHECK(ring.at(0).id == 0xffff);
  REQUIRE(chain.readable().size() == 1);
  REQUIRE(chain.writable().size() == 2);
  CHECK(chain.writable()[1].addr == GuestAddr{kData + 0x400});
  CHECK(queue.next_avail() == 3);
}

TEST_CASE_FIXTURE(Fixture, "RG-17: a list runs on across the end of the ring") {
  for (int i = 0; i < 6; ++i) {
    round_trip();
    REQUIRE(ring.take_used().has_value());
  }
  ring.offer({{kData, 1, false}, {kData, 2, false}, {kData, 4, false}, {kData, 8, true}});

  const DescriptorChain chain = take();
  CHECK(chain.readable_bytes() == 7);
  CHECK(queue.next_avail() == 2);
  CHECK_FALSE(queue.avail_wrap());
  queue.push(chain, 8);
  queue.publish();

  CHECK(ring.take_used() == UsedEntry{chain.id(), 8});
  CHECK(round_trip());
}

TEST_CASE_FIXTURE(Fixture, "RG-18: a used element has id, length, wrap counter and WRITE") {
  ring.offer({{kData, 16, true}});
  ring.offer({{kData, 16, false}});
  queue.push(take(), 5);
  queue.push(take(), 0);
  queue.publish();

  const uint16_t used = PackedDriverRing::kAvail | PackedDriverRing::kUsed;
  CHECK(ring.at(0).flags == (used | descriptor_flag::kWrite));
  CHECK(ring.at(0).length == 5);
  CHECK(ring.at(1).flags == used);
  CHECK(ring.at(1).id == 1);
}

TEST_CASE_FIXTURE(Fixture, "RG-18: the next used element is as far on as its list was long") {
  ring.offer({{kData, 1, false}, {kData, 1, false}, {kData, 1, true}});
  ring.offer({{kData, 1, true}});
  queue.push(take(), 1);
  queue.push(take(), 1);
  queue.publish();

  CHECK(queue.next_used() == 4);
  CHECK(ring.take_used() == UsedEntry{0, 1});
  CHECK(ring.last_used() == 3);
  CHECK(ring.take_used() == UsedEntry{1, 1});
}

TEST_CASE_FIXTURE(Fixture, "RG-06, RG-18: the head of a batch appears last, when published") {
  for (int i = 0; i < 3; ++i) ring.offer({{kData, 16, true}});
  for (int i = 0; i < 3; ++i) queue.push(take(), 1);
  CHECK_FALSE(ring.take_used().has_value());

  queue.publish();

  for (uint32_t i = 0; i < 3; ++i) CHECK(ring.take_used() == UsedEntry{i, 1});
}

TEST_CASE_FIXTURE(Fixture, "chains of a packed ring may be answered out of order") {
  ring.offer({{kData, 1, false}, {kData, 1, true}});
  ring.offer({{kData, 1, true}});
  const DescriptorChain first = take();
  queue.push(take(), 1);
  queue.publish();
  CHECK(ring.at(0).id == 1);
  CHECK(queue.next_used() == 1);

  queue.push(first, 1);
  queue.publish();

  CHECK(ring.at(1).id == 0);
  CHECK(queue.next_used() == 3);
}

TEST_CASE_FIXTURE(Fixture, "RG-19: an indirect table counts by its length and takes one slot") {
  const uint16_t id = ring.indirect_chain(kTable, {{kData, 16, false}, {kData, 8, true}});
  // Neither NEXT nor INDIRECT nor the id means anything in there.
  ring.put(GuestAddr{kTable}, {kData, 16, 99, descriptor_flag::kIndirect});
  ring.put(GuestAddr{kTable + 16},
           {kData, 8, 98, descriptor_flag::kNext | descriptor_flag::kWrite});
  ring.offer();

  const DescriptorChain chain = take();

  CHECK(chain.id() == id);
  CHECK(chain.readable_bytes() == 16);
  CHECK(chain.writable_bytes() == 8);
  CHECK(queue.next_avail() == 1);
}

TEST_CASE_FIXTURE(Fixture, "RG-11, RG-19: an indirect table may hold 1024 descriptors") {
  ring.indirect_chain(kTable, std::vector<Piece>(1024, {kData, 4, true}));
  ring.offer();
  CHECK(take().writable_bytes() == 4096);
}

TEST_CASE_FIXTURE(Fixture, "RG-20: without EVENT_IDX the driver switches interrupts on and off") {
  CHECK(round_trip());
  ring.set_driver_event({0, false, 1});
  CHECK_FALSE(round_trip());
  for (const uint16_t how : {2, 3, 0xfff0}) {  // not negotiated, reserved, unknown bits
    ring.set_driver_event({0, false, how});
    CHECK(round_trip());
  }
}

TEST_CASE_FIXTURE(EventFixture, "RG-20: with EVENT_IDX the batch must cover the descriptor named") {
  ring.set_driver_event({2, true, kAtDescriptor});
  CHECK_FALSE(round_trip());
  CHECK_FALSE(round_trip());
  CHECK(round_trip());
  CHECK_FALSE(round_trip());
  ring.set_driver_event({1, false, kAtDescriptor});  // slot 1 of the next lap
  for (int i = 0; i < 5; ++i) CHECK_FALSE(round_trip());
  CHECK(round_trip());
}

TEST_CASE_FIXTURE(EventFixture, "RG-20: a list that skips over the descriptor named interrupts") {
  ring.set_driver_event({1, true, kAtDescriptor});
  ring.offer({{kData, 1, true}, {kData, 1, true}, {kData, 1, true}});
  queue.push(take(), 1);
  CHECK(queue.publish());
}

TEST_CASE_FIXTURE(EventFixture, "RG-20: modes on and off hold with EVENT_IDX too") {
  ring.set_driver_event({0, false, 0});
  CHECK(round_trip());
  ring.set_driver_event({1, true, 1});
  CHECK_FALSE(round_trip());
}

TEST_CASE_FIXTURE(EventFixture, "RG-20: an offset past the ring's end is harmless") {
  for (const uint16_t offset : {8, 9, 100, 0x7fff}) {
    for (const bool wrap : {false, true}) {
      ring.set_driver_event({offset, wrap, kAtDescriptor});
      for (int i = 0; i < 20; ++i) round_trip();
    }
  }
  CHECK_FALSE(queue.failed());
}

TEST_CASE_FIXTURE(Fixture, "RG-20: kicks are switched off and on by the device's structure") {
  queue.suppress_kicks();
  CHECK(ring.device_event().how == 1);
  CHECK_FALSE(queue.request_kicks());
  CHECK(ring.device_event().how == 0);
  ring.offer({{kData, 1, true}});
  CHECK(queue.request_kicks());
}

TEST_CASE_FIXTURE(EventFixture, "RG-20: with EVENT_IDX the device names the next descriptor") {
  queue.request_kicks();
  CHECK(ring.device_event() == PackedEvent{0, true, kAtDescriptor});
  for (int i = 0; i < 9; ++i) round_trip();
  queue.request_kicks();
  CHECK(ring.device_event() == PackedEvent{1, false, kAtDescriptor});
}

TEST_CASE_FIXTURE(OrderFixture, "RG-12: with IN_ORDER answers wait for those before them") {
  for (int i = 0; i < 3; ++i) ring.offer({{kData, 16, true}});
  const DescriptorChain a = take(), b = take(), c = take();

  queue.push(c, 3);
  queue.push(b, 2);
  CHECK_FALSE(queue.publish());
  CHECK_FALSE(ring.take_used().has_value());
  queue.push(a, 1);
  queue.publish();

  CHECK(ring.take_used() == UsedEntry{0, 1});
  CHECK(ring.take_used() == UsedEntry{1, 2});
  CHECK(ring.take_used() == UsedEntry{2, 3});
}

TEST_CASE_FIXTURE(Fixture, "a packed chain that is taken back waits on the ring again") {
  for (int i = 0; i < 7; ++i) round_trip();
  ring.offer({{kData, 1, true}, {kData, 2, true}});
  ring.offer({{kData, 4, true}});
  const DescriptorChain first = take();
  const DescriptorChain second = take();
  queue.unpop(second);
  queue.unpop(first);
  CHECK(queue.next_avail() == 7);
  CHECK(queue.avail_wrap());
  CHECK(queue.in_flight() == 0);

  CHECK(take().writable_bytes() == 3);
  CHECK(take().writable_bytes() == 4);
}

TEST_CASE_FIXTURE(Fixture, "RG-14: a restarted packed queue begins at slot 0 with wrap counter 1") {
  for (int i = 0; i < 11; ++i) round_trip();
  queue.stop();
  CHECK_FALSE(queue.pop().has_value());
  ram.fill(ring.layout().descriptors, 0x1000, std::byte{0});
  queue.start(ring.layout(), {.packed = true});
  ring = PackedDriverRing(ram, ring.layout());

  round_trip(1);

  CHECK(ring.take_used() == UsedEntry{0, 1});
  CHECK(queue.next_avail() == 1);
  CHECK(queue.avail_wrap());
}

TEST_CASE_FIXTURE(Fixture, "RG-03: of a chain only its used descriptor is written") {
  ring.offer({{kData, 16, false}, {kData + 16, 16, true}});
  const PackedDescriptor second = ring.at(1);
  const DescriptorChain chain = take();
  CHECK(ring.at(0).flags == (PackedDriverRing::kAvail | descriptor_flag::kNext));

  queue.push(chain, 16);
  queue.publish();

  CHECK(ring.at(0).addr == kData);
  CHECK(ring.at(1).addr == second.addr);
  CHECK(ring.at(1).flags == second.flags);
}

TEST_CASE_FIXTURE(OrderFixture, "a loaded packed queue goes on where the saved one stood") {
  for (int i = 0; i < 9; ++i) {
    round_trip(1);
    ring.take_used();
  }
  for (int i = 0; i < 2; ++i) ring.offer({{kData, 16, true}, {kData, 16, true}});
  const DescriptorChain first = take();
  const DescriptorChain second = take();
  queue.push(second, 2);
  Archive saved = Archive::saver();
  queue.visit(saved);

  PackedQueue loaded(ram);
  Archive loader = Archive::loader(saved.bytes());
  loaded.visit(loader);
  CHECK(loader.ok());
  CHECK(loader.at_end());
  Archive again = Archive::saver();
  loaded.visit(again);
  CHECK(again.bytes() == saved.bytes());

  loaded.push(first, 1);
  loaded.publish();
  CHECK(ring.take_used() == UsedEntry{first.id(), 1});
  CHECK(ring.take_used() == UsedEntry{second.id(), 2});
}

TEST_CASE_FIXTURE(Fixture, "a damaged packed queue is refused and left stopped") {
  for (int i = 0; i < 3; ++i) round_trip();
  Archive saved = Archive::saver();
  queue.visit(saved);
  for (size_t at = 0; at < saved.bytes().size(); ++at) {
    std::vector<std::byte> bytes = saved.bytes();
    bytes[at] ^= std::byte{0xff};
    Archive loader = Archive::loader(bytes);
    PackedQueue loaded(ram);
    loaded.visit(loader);
    if (const auto chain = loaded.pop()) loaded.push(*chain, 1);
    loaded.publish();
    loaded.request_kicks();
  }
}

}  // namespace
}  // namespace vireo
