// The driver lint's rules about registers and queue set-up, each shown by a driver that breaks it.
#include "tests/unit/virtio/lint_bench.h"

namespace vireo {
namespace {

using namespace testing::common;
using testing::DriverRing;
using testing::LintBench;

struct Fixture : LintBench {};
struct TwoQueues : LintBench {
  TwoQueues() : LintBench({.blk = {.num_queues = 2}}) {}
};

TEST_CASE_FIXTURE(Fixture, "lint: access-width") {
  do_negotiate();
  CHECK(broken() == "");
  SUBCASE("a 64-bit field as a whole") { set(kQueueDesc, 8, 0x10000); }
  SUBCASE("two fields at once") { (void)get(kStatus, 4); }
  SUBCASE("half a field") { (void)get(kNumQueues + 1, 1); }
  SUBCASE("past the end") { (void)get(0x40, 4); }
  CHECK(broken() == "access-width");
}

TEST_CASE_FIXTURE(Fixture, "lint: read-only-written") {
  do_reset();
  SUBCASE("number of queues") { set(kNumQueues, 2, 1); }
  SUBCASE("offered features") { set(kDeviceFeature, 4, 1); }
  SUBCASE("notify offset") { set(kQueueNotifyOff, 2, 1); }
  SUBCASE("ISR") { memory.write(kIsrAddr, 1, 0); }
  CHECK(broken() == "read-only-written");
}

TEST_CASE_FIXTURE(Fixture, "lint: interfaces-mixed") {
  do_reset();
  set_status(1);
  set_port(testing::legacy::kQueueSelect, 2, 0);
  CHECK(broken() == "interfaces-mixed");
}

TEST_CASE_FIXTURE(Fixture, "lint: generation-not-read") {
  do_negotiate();
  auto ring = ring_at();
  set_up_queue(ring.layout());
  (void)memory.read(kDeviceAddr, 4);
  (void)memory.read(kDeviceAddr + 4, 4);
  SUBCASE("read") {
    (void)get(kGeneration, 1);
    set_status(15);
    CHECK(broken() == "");
  }
  SUBCASE("not read") {
    set_status(15);
    CHECK(broken() == "generation-not-read");
  }
}

TEST_CASE_FIXTURE(Fixture, "lint: one field may be read again without the generation") {
  do_negotiate();
  auto ring = ring_at();
  set_up_queue(ring.layout());
  for (int i = 0; i < 3; ++i) (void)memory.read(kDeviceAddr + 20, 4);
  set_status(15);
  CHECK(broken() == "");
}

TEST_CASE_FIXTURE(Fixture, "lint: isr-with-msix") {
  do_start();
  (void)isr();
  CHECK(broken() == "");
  enable_msix();
  (void)isr();
  CHECK(broken() == "isr-with-msix");
}

TEST_CASE_FIXTURE(Fixture, "lint: vector-not-verified") {
  enable_msix();
  do_negotiate();
  set(kConfigVector, 2, 0);
  SUBCASE("verified") {
    (void)get(kConfigVector, 2);
    set(kQueueSelect, 2, 0);
    CHECK(broken() == "");
  }
  SUBCASE("taken on trust") {
    set(kQueueSelect, 2, 0);
    CHECK(broken() == "vector-not-verified");
  }
  SUBCASE("unmapping needs no reading back") {
    (void)get(kConfigVector, 2);
    set(kConfigVector, 2, 0xffff);
    set(kQueueSelect, 2, 0);
    CHECK(broken() == "");
  }
}

TEST_CASE_FIXTURE(Fixture, "lint: no-such-queue") {
  do_negotiate();
  set(kQueueSelect, 2, 5);
  (void)get(kQueueSize, 2);  // how a driver may find out
  CHECK(broken() == "");
  set(kQueueDriver, 4, 0x1000);
  CHECK(broken() == "no-such-queue");
}

TEST_CASE_FIXTURE(Fixture, "lint: queue-size-invalid") {
  do_negotiate();
  set(kQueueSelect, 2, 0);
  for (const unsigned size : {0u, 3u, 512u}) set(kQueueSize, 2, size);
  CHECK(broken() == "queue-size-invalid");
  CHECK(breaches(LintRule::kQueueSizeInvalid) == 3);
}

TEST_CASE_FIXTURE(Fixture, "lint: queue-enable-zero") {
  do_negotiate();
  set(kQueueSelect, 2, 0);
  set(kQueueEnable, 2, 0);
  CHECK(broken() == "queue-enable-zero");
}

TEST_CASE_FIXTURE(Fixture, "lint: queue-changed-late") {
  do_negotiate();
  auto ring = ring_at();
  set_up_queue(ring.layout());
  set(kQueueDriver, 4, 0x3000);
  CHECK(broken() == "queue-changed-late");
}

TEST_CASE_FIXTURE(Fixture, "lint: queue-too-early") {
  do_reset();
  set_status(1);
  set_status(3);
  accept(kUsualFeatures);
  auto ring = ring_at();
  set_up_queue(ring.layout());
  CHECK(broken() == "queue-too-early");
}

TEST_CASE_FIXTURE(TwoQueues, "lint: queue-too-late") {
  SUBCASE("without RING_RESET") {
    do_start();
    set_up_queue(ring_at(1).layout(), 1);
    CHECK(broken() == "queue-too-late");
  }
  SUBCASE("with it") {
    do_start(kUsualFeatures | virtio_feature::kRingReset);
    set_up_queue(ring_at(1).layout(), 1);
    CHECK(broken() == "");
  }
}

TEST_CASE_FIXTURE(Fixture, "lint: queue-misaligned") {
  do_negotiate();
  QueueLayout layout = ring_at().layout();
  SUBCASE("descriptor table") { layout.descriptors = layout.descriptors + 8; }
  SUBCASE("available ring") { layout.driver_area = layout.driver_area + 1; }
  SUBCASE("used ring") { layout.device_area = layout.device_area + 2; }
  set_up_queue(layout);
  CHECK(broken() == "queue-misaligned");
}

TEST_CASE_FIXTURE(Fixture, "lint: queue-outside-ram") {
  do_negotiate();
  QueueLayout layout = ring_at().layout();
  layout.device_area = GuestAddr{0xfee00000};
  set_up_queue(layout);
  CHECK(broken() == "queue-outside-ram");
}

TEST_CASE_FIXTURE(Fixture, "lint: queue-parts-overlap") {
  do_negotiate();
  QueueLayout layout = ring_at().layout();
  layout.device_area = layout.descriptors + 64;
  set_up_queue(layout);
  CHECK(broken() == "queue-parts-overlap");
}

TEST_CASE_FIXTURE(TwoQueues, "lint: queue-parts-overlap, of two queues") {
  do_negotiate();
  set_up_queue(ring_at(0).layout(), 0);
  set_up_queue(ring_at(0).layout(), 1);
  CHECK(broken() == "queue-parts-overlap");
}

TEST_CASE_FIXTURE(Fixture, "lint: queue-reset-not-negotiated") {
  do_start();
  set(kQueueReset, 2, 1);
  CHECK(broken() == "queue-reset-not-negotiated");
}

TEST_CASE_FIXTURE(Fixture, "lint: queue-reset-not-verified") {
  do_start(kUsualFeatures | virtio_feature::kRingReset);
  set(kQueueReset, 2, 1);
  SUBCASE("verified") {
    CHECK(get(kQueueReset, 2) == 0);
    set_up_queue(ring_at().layout());
    CHECK(broken() == "");
  }
  SUBCASE("taken on trust") {
    set_up_queue(ring_at().layout());
    CHECK(broken() == "queue-reset-not-verified");
  }
}

}  // namespace
}  // namespace vireo
