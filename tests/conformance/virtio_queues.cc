// Queue set-up, notification and failure through the modern interface: VP-18, VP-21 to VP-25,
// RG-07 to RG-12, RG-35, RG-40, RG-42, PCI-28.
#include <doctest/doctest.h>

#include "tests/unit/virtio/pci_bench.h"

namespace vireo {
namespace {

using namespace testing::common;
using testing::DriverRing;
using testing::VirtioPciBench;

struct Fixture : VirtioPciBench {};
struct FourQueues : VirtioPciBench {
  FourQueues() : VirtioPciBench({.blk = {.num_queues = 4}}) {}
};

TEST_CASE_FIXTURE(Fixture, "VP-21: the driver may lower the queue size, which is then used") {
  CHECK(get(kQueueSize, 2) == 256);
  negotiate();
  auto ring = enable_queue(0, 4);
  CHECK(get(kQueueSize, 2) == 4);
  set_status(15);
  for (int i = 0; i < 10; ++i) CHECK(serves(ring));
}

TEST_CASE_FIXTURE(Fixture, "VP-21: a size that no ring can have is not taken") {
  for (const unsigned size : {0u, 3u, 100u, 257u, 512u, 32768u, 65535u}) {
    set(kQueueSize, 2, size);
    CHECK(get(kQueueSize, 2) == 256);
  }
}

TEST_CASE_FIXTURE(Fixture, "VP-22: an enabled queue keeps its fields and cannot be switched off") {
  negotiate();
  auto ring = enable_queue();
  set(kQueueSize, 2, 16);
  set(kQueueDesc, 8, 0x5000);
  set(kQueueDevice + 4, 4, 1);
  set(kQueueEnable, 2, 0);
  set(kQueueEnable, 2, 2);

  CHECK(get(kQueueSize, 2) == 8);
  CHECK(get(kQueueDesc, 8) == ring.layout().descriptors.value);
  CHECK(get(kQueueDevice, 8) == ring.layout().device_area.value);
  CHECK(get(kQueueEnable, 2) == 1);
  set_status(15);
  CHECK(serves(ring));
}

TEST_CASE_FIXTURE(Fixture, "VP-22: only writing 1 enables") {
  negotiate();
  for (const unsigned value : {0u, 2u, 0x100u, 0xffffu}) {
    set(kQueueEnable, 2, value);
    CHECK(get(kQueueEnable, 2) == 0);
  }
}

TEST_CASE_FIXTURE(FourQueues, "VP-23: one queue is reset, the others keep going") {
  negotiate(virtio_feature::kVersion1 | virtio_feature::kRingReset);
  enable_msix();
  auto first = enable_queue(0);
  auto second = enable_queue(1);
  set(kQueueVector, 2, 1);
  set_status(15);
  CHECK(serves(first, 0));
  CHECK(serves(second, 1));

  set(kQueueSelect, 2, 1);
  set(kQueueReset, 2, 1);

  CHECK(get(kQueueReset, 2) == 0);
  CHECK(get(kQueueEnable, 2) == 0);
  CHECK(get(kQueueSize, 2) == 256);
  CHECK(get(kQueueVector, 2) == 0xffff);
  CHECK(serves(first, 0));
  CHECK_FALSE(serves(second, 1));

  auto again = enable_queue(1, 16);
  CHECK(serves(again, 1));
}

TEST_CASE_FIXTURE(Fixture, "VP-23: buffers that wait when a queue is enabled again need no kick") {
  auto ring = start(virtio_feature::kVersion1 | virtio_feature::kRingReset);
  settle();
  set(kQueueReset, 2, 1);
  offer_read(ring);
  set(kQueueSize, 2, ring.size());
  set(kQueueDesc, 8, ring.layout().descriptors.value);
  set(kQueueDriver, 8, ring.layout().driver_area.value);
  set(kQueueDevice, 8, ring.layout().device_area.value);

  set(kQueueEnable, 2, 1);
  settle();

  CHECK(ring.used_idx() == 1);
}

TEST_CASE_FIXTURE(Fixture, "VP-23: without RING_RESET the register does nothing") {
  auto ring = start();
  set(kQueueReset, 2, 1);
  CHECK(get(kQueueEnable, 2) == 1);
  CHECK(serves(ring));
}

TEST_CASE_FIXTURE(Fixture, "VP-06, VP-25: port and memory kick alike") {
  auto ring = start();
  offer_read(ring);
  io.write(kNotifyPort, 2, 0);
  settle();
  CHECK(ring.used_idx() == 1);
  CHECK(serves(ring));
}

TEST_CASE_FIXTURE(FourQueues, "VP-25: memory kicks by address, the port by value") {
  negotiate();
  auto first = enable_queue(0);
  auto third = enable_queue(2);
  set_status(15);
  settle();
  offer_read(first);
  offer_read(third);

  memory.write(kNotifyAddr + 2 * 4, 2, 0);
  settle();
  CHECK(first.used_idx() == 0);
  CHECK(third.used_idx() == 1);

  io.write(kNotifyPort, 2, 0);
  settle();
  CHECK(first.used_idx() == 1);
}

TEST_CASE_FIXTURE(Fixture, "VP-25: kicks that name nothing are ignored") {
  auto ring = start();
  settle();
  offer_read(ring);
  memory.write(kNotifyAddr, 1, 0);
  memory.write(kNotifyAddr, 8, 0);
  memory.write(kNotifyAddr + 1, 2, 0);
  memory.write(kNotifyAddr + 4, 2, 0);
  memory.write(kNotifyAddr + 0xffc, 2, 0);
  io.write(kNotifyPort, 1, 0);
  io.write(kNotifyPort, 2, 1);
  io.write(kNotifyPort, 2, 0xffff);
  io.write(kNotifyPort + 2, 2, 0);

  CHECK_FALSE(events.next_deadline_ns().has_value());
  CHECK(memory.read(kNotifyAddr, 2) == 0);
  CHECK(io.read(kNotifyPort, 2) == 0);
}

TEST_CASE("VP-25: with NOTIFICATION_DATA the upper half of a kick is a hint") {
  VirtioPciBench bench({.pci = {.notification_data = true}});
  auto ring = bench.start(virtio_feature::kVersion1 | virtio_feature::kNotificationData);
  bench.settle();
  bench.offer_read(ring);
  bench.memory.write(VirtioPciBench::kNotifyAddr, 4, 0x80010000);
  bench.settle();
  CHECK(ring.used_idx() == 1);
  bench.offer_read(ring);
  bench.io.write(VirtioPciBench::kNotifyPort, 4, 0x12340000);
  bench.settle();
  CHECK(ring.used_idx() == 2);
}

TEST_CASE("VP-24: page-per-vq puts each queue's address on a page of its own") {
  VirtioPciBench bench({.pci = {.page_per_vq = true}, .blk = {.num_queues = 4}});
  bench.negotiate();
  auto ring = bench.enable_queue(3);
  CHECK(bench.get(kQueueNotifyOff, 2) == 3);
  bench.set_status(15);
  bench.settle();
  bench.offer_read(ring);
  bench.memory.write(VirtioPciBench::kNotifyAddr + 3 * 4096, 2, 3);
  bench.settle();
  CHECK(ring.used_idx() == 1);
}

TEST_CASE_FIXTURE(Fixture, "VP-18: a broken ring sets NEEDS_RESET and tells the driver") {
  auto ring = start();
  settle();
  ring.set_avail_idx(100);
  kick();
  settle();

  CHECK(status() == (15 | 64));
  CHECK(wire());
  CHECK((isr() & 2) != 0);
  ring.set_avail_idx(0);
  CHECK_FALSE(serves(ring));
  set_status(15);
  CHECK(status() == (15 | 64));

  auto fresh = start();
  CHECK(status() == 15);
  CHECK(serves(fresh));
}

TEST_CASE_FIXTURE(Fixture, "RG-40: a misplaced queue does nothing until used, then NEEDS_RESET") {
  negotiate();
  set(kQueueDesc, 8, 0x1008);
  set(kQueueDriver, 8, 0x3000);
  set(kQueueDevice, 8, ~uint64_t{3});
  set(kQueueEnable, 2, 1);
  CHECK(get(kQueueEnable, 2) == 1);
  CHECK(status() == 11);

  set_status(15);
  settle();

  CHECK(status() == (15 | 64));
}

TEST_CASE_FIXTURE(Fixture, "RG-09, RG-42: a storm of kicks costs one service") {
  auto ring = start();
  settle();
  const uint64_t before = clock.now_ns();
  for (int i = 0; i < 10000; ++i) kick();
  CHECK(events.pending().size() == 1);
  settle();
  CHECK(clock.now_ns() - before == VirtioBlk::kKickDelayNs);
  CHECK(ring.used_idx() == 0);
  CHECK(serves(ring));
}

TEST_CASE_FIXTURE(Fixture, "requests that follow a kick shortly form one batch, one interrupt") {
  enable_msix();
  negotiate();
  auto ring = enable_queue();
  set(kQueueVector, 2, 1);
  set_status(15);
  settle();
  offer_read(ring);
  kick();
  offer_read(ring);

  settle();

  CHECK(ring.used_idx() == 2);
  CHECK(msi.sent.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "RG-08: avail_event asks for one kick per batch") {
  auto ring = start(virtio_feature::kVersion1 | virtio_feature::kEventIdx);
  settle();
  CHECK(ring.avail_event() == 0);
  offer_read(ring);
  kick();
  offer_read(ring);
  CHECK(ring.avail_event() == 0);  // the second needs no kick

  settle();

  CHECK(ring.used_idx() == 2);
  CHECK(ring.avail_event() == 2);
}

TEST_CASE_FIXTURE(Fixture, "RG-07: without EVENT_IDX kicks are switched off while one is served") {
  auto ring = start();
  settle();
  CHECK(ring.used_flags() == 0);
  offer_read(ring);
  kick();
  CHECK(ring.used_flags() == 1);
  settle();
  CHECK(ring.used_flags() == 0);
}

TEST_CASE_FIXTURE(Fixture, "PCI-28: without bus mastering work waits, and resumes with it") {
  auto ring = start();
  settle();
  cfg_write(0x04, 2, 3);
  offer_read(ring);
  kick();
  settle();
  CHECK(ring.used_idx() == 0);
  CHECK(ring.used_flags() == 0);

  cfg_write(0x04, 2, 7);
  settle();

  CHECK(ring.used_idx() == 1);
}

TEST_CASE_FIXTURE(Fixture, "PCI-28: bus mastering that goes away under a pending kick stops it") {
  auto ring = start();
  settle();
  offer_read(ring);
  kick();
  cfg_write(0x04, 2, 3);
  settle();
  CHECK(ring.used_idx() == 0);
  cfg_write(0x04, 2, 7);
  settle();
  CHECK(ring.used_idx() == 1);
}

TEST_CASE_FIXTURE(Fixture, "RG-35: a buffer outside RAM is never reached, not even in a BAR") {
  for (const uint64_t addr : {uint64_t{1} << 20, kMsix, kModernAddr, ~uint64_t{0} - 511}) {
    auto ring = start();
    settle();
    ring.offer(ring.chain({{kHeader, 16, false}, {addr, 512, true}, {kStatusByte, 1, true}}));
    kick();
    settle();
    CHECK(status() == (15 | 64));
    CHECK(ring.used_idx() == 0);
    CHECK(memory.read(kMsix, 4) == 0);
  }
}

TEST_CASE("RG-10, RG-12: ring features are offered as their properties say") {
  using namespace virtio_feature;
  VirtioPciBench none({.pci = {.event_idx = false, .indirect_desc = false, .queue_reset = false}});
  CHECK((none.offered() & (kEventIdx | kIndirectDesc | kRingReset | kInOrder)) == 0);
  CHECK((none.port(testing::legacy::kDeviceFeatures, 4) & (kEventIdx | kIndirectDesc)) == 0);

  VirtioPciBench all({.pci = {.in_order = true, .notification_data = true}});
  const uint64_t bits = kEventIdx | kIndirectDesc | kRingReset | kInOrder | kNotificationData;
  CHECK((all.offered() & bits) == bits);
  CHECK((all.port(testing::legacy::kDeviceFeatures, 4) >> 32) == 0);
  auto ring = all.start(kVersion1 | kInOrder);
  CHECK(all.serves(ring));
}

}  // namespace
}  // namespace vireo
