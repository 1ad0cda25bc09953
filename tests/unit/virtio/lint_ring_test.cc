// The driver lint's rules about notifications, descriptors and block requests, each shown by a
// driver that breaks it.
#include "tests/unit/virtio/lint_bench.h"

namespace vireo {
namespace {

using namespace testing::common;
using testing::DriverRing;
using testing::kDescIndirect;
using testing::kDescNext;
using testing::kDescWrite;
using testing::LintBench;

struct Fixture : LintBench {
  // What a request needs in memory, and a good one.
  void good_request(DriverRing& ring) { request(ring, 0, 0, 512, true); }
  // Offers what stands in descriptor `head` and lets the device look.
  void offer(DriverRing& ring, uint16_t head) {
    ring.offer(head);
    kick();
    settle();
  }
};
struct ReadOnlyDisk : LintBench {
  ReadOnlyDisk() : LintBench({.read_only = true}) {}
};

TEST_CASE_FIXTURE(Fixture, "lint: kick-too-early") {
  do_negotiate();
  auto ring = ring_at();
  set_up_queue(ring.layout());
  kick();
  CHECK(broken() == "kick-too-early");
}

TEST_CASE_FIXTURE(Fixture, "lint: kick-no-queue") {
  do_negotiate();
  set_status(15);
  SUBCASE("not enabled") { kick(0); }
  SUBCASE("not there") { kick(3); }
  CHECK(broken() == "kick-no-queue");
}

TEST_CASE_FIXTURE(Fixture, "lint: kick-width") {
  do_start();
  memory.write(kNotifyAddr, 4, 0);
  CHECK(broken() == "kick-width");
}

TEST_CASE_FIXTURE(Fixture, "lint: kick-value") {
  do_start();
  memory.write(kNotifyAddr, 2, 1);
  CHECK(broken() == "kick-value");
}

TEST_CASE_FIXTURE(Fixture, "lint: kick-unwanted") {
  auto ring = do_start();
  ram.write(ring.layout().device_area, uint16_t{1});
  kick();
  CHECK(broken() == "kick-unwanted");
}

TEST_CASE_FIXTURE(Fixture, "lint: kick-without-bus-master") {
  do_start();
  cfg_write(0x04, 2, 3);
  kick();
  CHECK(broken() == "kick-without-bus-master");
}

TEST_CASE_FIXTURE(Fixture, "lint: avail-flags") {
  SUBCASE("more than bit 0") {
    auto ring = do_start();
    ring.set_avail_flags(1);
    kick();
    settle();
    CHECK(broken() == "");
    ring.set_avail_flags(2);
    kick();
  }
  SUBCASE("any with EVENT_IDX") {
    auto ring = do_start(kUsualFeatures | virtio_feature::kEventIdx);
    ring.set_avail_flags(1);
    kick();
  }
  CHECK(broken() == "avail-flags");
}

TEST_CASE_FIXTURE(Fixture, "lint: ring-broken") {
  auto ring = do_start();
  ring.set_avail_idx(100);
  kick();
  settle();
  CHECK(broken() == "ring-broken");
}

TEST_CASE_FIXTURE(Fixture, "lint: descriptor-unknown-flag") {
  auto ring = do_start();
  put_header(0, 0);
  ring.descriptor(0, kHeader, 16, kDescNext | 0x100, 1);
  ring.descriptor(1, kData, 512, kDescNext | kDescWrite, 2);
  ring.descriptor(2, kStatusByte, 1, kDescWrite);
  offer(ring, 0);
  CHECK(broken() == "descriptor-unknown-flag");
}

TEST_CASE_FIXTURE(Fixture, "lint: readable-after-writable") {
  auto ring = do_start();
  ring.descriptor(0, kStatusByte, 1, kDescNext | kDescWrite, 1);
  ring.descriptor(1, kHeader, 16, 0);
  offer(ring, 0);
  CHECK(broken() == "ring-broken readable-after-writable");
}

TEST_CASE_FIXTURE(Fixture, "lint: descriptor-outside-ram") {
  auto ring = do_start();
  ring.descriptor(0, 0xfee00000, 16, 0);
  offer(ring, 0);
  CHECK(broken() == "ring-broken descriptor-outside-ram");
}

TEST_CASE_FIXTURE(Fixture, "lint: descriptor-empty") {
  auto ring = do_start();
  put_header(0, 0);
  submit(ring,
         {{kHeader, 16, false}, {kData, 0, true}, {kData, 512, true}, {kStatusByte, 1, true}});
  CHECK(broken() == "descriptor-empty");
}

TEST_CASE_FIXTURE(Fixture, "lint: indirect-not-negotiated") {
  auto ring = do_start();
  offer(ring, ring.indirect_chain(kData + 0x2000, {}, {{kHeader, 16, false}}));
  CHECK(broken() == "ring-broken indirect-not-negotiated");
}

TEST_CASE_FIXTURE(Fixture, "lint: indirect-nested") {
  auto ring = do_start(kUsualFeatures | virtio_feature::kIndirectDesc);
  ring.put_descriptor(GuestAddr{kData}, kData + 0x1000, 16, kDescIndirect, 0);
  ring.descriptor(0, kData, 16, kDescIndirect);
  offer(ring, 0);
  CHECK(breaches(LintRule::kIndirectNested) == 1);
}

TEST_CASE_FIXTURE(Fixture, "lint: indirect-with-next") {
  auto ring = do_start(kUsualFeatures | virtio_feature::kIndirectDesc);
  ring.indirect_table(kData, {{kHeader, 16, false}});
  ring.descriptor(0, kData, 16, kDescIndirect | kDescNext, 1);
  offer(ring, 0);
  CHECK(breaches(LintRule::kIndirectWithNext) == 1);
}

TEST_CASE_FIXTURE(Fixture, "lint: indirect-length") {
  auto ring = do_start(kUsualFeatures | virtio_feature::kIndirectDesc);
  ring.descriptor(0, kData, 20, kDescIndirect);
  offer(ring, 0);
  CHECK(breaches(LintRule::kIndirectLength) == 1);
}

TEST_CASE_FIXTURE(Fixture, "lint: chain-too-many-pieces") {
  auto ring = do_start(kUsualFeatures | virtio_feature::kIndirectDesc);
  put_header(0, 0);
  std::vector<testing::Piece> pieces = {{kHeader, 16, false}};
  for (int i = 0; i < 8; ++i) pieces.push_back({kData + 64 * static_cast<uint64_t>(i), 64, true});
  pieces.push_back({kStatusByte, 1, true});
  offer(ring, ring.indirect_chain(kData + 0x2000, {}, pieces));
  CHECK(broken() == "chain-too-many-pieces");
}

TEST_CASE_FIXTURE(Fixture, "lint: chain-too-many-bytes") {
  WatchedDescriptor big[2];
  for (WatchedDescriptor& piece : big) piece = {GuestAddr{0}, UINT32_MAX, kDescWrite, 0, 0, false};
  do_start();
  lint.on_chain({0, false, 0, big, "too long"});
  CHECK(breaches(LintRule::kChainTooManyBytes) == 1);
}

TEST_CASE("lint: out-of-order") {
  LintBench bench({.pci = {.in_order = true}});
  auto ring = bench.do_start(virtio_feature::kVersion1 | virtio_feature::kInOrder);
  bench.request(ring, 0, 0, 512, true);
  bench.request(ring, 0, 0, 512, true);
  CHECK(bench.broken() == "");
  bench.put_header(0, 0);
  ring.descriptor(3, LintBench::kHeader, 16, kDescNext, 4);
  ring.descriptor(4, LintBench::kData, 512, kDescNext | kDescWrite, 5);
  ring.descriptor(5, LintBench::kStatusByte, 1, kDescWrite);
  ring.offer(3);
  bench.kick();
  bench.settle();
  CHECK(bench.broken() == "out-of-order");
}

TEST_CASE_FIXTURE(Fixture, "lint: blk-header-short") {
  auto ring = do_start();
  SUBCASE("header") { submit(ring, {{kHeader, 8, false}, {kStatusByte, 1, true}}); }
  SUBCASE("status") { submit(ring, {{kHeader, 16, false}}); }
  CHECK(broken() == "blk-header-short");
}

TEST_CASE_FIXTURE(Fixture, "lint: blk-past-end") {
  auto ring = do_start();
  request(ring, 0, 127, 512, true);
  CHECK(broken() == "");
  SUBCASE("one sector") { request(ring, 0, 128, 512, true); }
  SUBCASE("the last of two") { request(ring, 1, 127, 1024, false); }
  SUBCASE("far") { request(ring, 0, UINT64_MAX, 512, true); }
  CHECK(broken() == "blk-past-end");
}

TEST_CASE_FIXTURE(Fixture, "lint: blk-data-length") {
  auto ring = do_start(kUsualFeatures | virtio_blk::kDiscard);
  SUBCASE("no whole sectors") { request(ring, 0, 0, 500, true); }
  SUBCASE("no whole segment") { request(ring, 11, 0, 12, false); }
  SUBCASE("id") { request(ring, 8, 0, 16, true); }
  CHECK(broken() == "blk-data-length");
}

TEST_CASE_FIXTURE(Fixture, "lint: blk-flush-sector") {
  auto ring = do_start(kUsualFeatures | virtio_blk::kFlush);
  request(ring, 4, 7, 0, false);
  CHECK(broken() == "blk-flush-sector");
}

TEST_CASE_FIXTURE(Fixture, "lint: blk-not-negotiated") {
  auto ring = do_start();
  SUBCASE("FLUSH") { request(ring, 4, 0, 0, false); }
  SUBCASE("DISCARD") { request(ring, 11, 0, 16, false); }
  SUBCASE("WRITE_ZEROES") { request(ring, 13, 0, 16, false); }
  CHECK(broken() == "blk-not-negotiated");
}

TEST_CASE_FIXTURE(ReadOnlyDisk, "lint: blk-read-only") {
  auto ring = do_start();
  request(ring, 1, 0, 512, false);
  CHECK(broken() == "blk-read-only");
}

}  // namespace
}  // namespace vireo
