// Reset, snapshot and hostile sequences of a whole virtio-blk PCI function: VP-15, PCI-49,
// RG-42, and the generic snapshot check.
#include <doctest/doctest.h>

#include "tests/unit/virtio/pci_bench.h"

namespace vireo {
namespace {

using namespace testing::common;
using testing::check_snapshot;
using testing::Noise;
using testing::VirtioPciBench;

struct Fixture : VirtioPciBench {
  Fixture() : VirtioPciBench({.blk = {.num_queues = 2}}) {}
  void check() {
    const auto result = check_snapshot(*function);
    CHECK(result.changed);
    CHECK(result.loaded);
    CHECK(result.equal);
  }
};

TEST_CASE_FIXTURE(Fixture, "snapshot: a function with BARs placed and no driver") { check(); }

TEST_CASE_FIXTURE(Fixture, "snapshot: in the middle of negotiation") {
  set_status(3);
  acknowledge(0x100000200);
  set(kDeviceFeatureSelect, 4, 1);
  set(kQueueSelect, 2, 1);
  set(kQueueSize, 2, 64);
  set(kQueueDesc, 8, 0x123456780);
  check();
}

TEST_CASE_FIXTURE(Fixture, "snapshot: a running driver with a kick under way") {
  enable_msix();
  negotiate(offered() & ~virtio_feature::kEventIdx);
  auto ring = enable_queue();
  set(kQueueVector, 2, 1);
  set_status(15);
  REQUIRE(serves(ring));
  offer_read(ring);
  kick();

  check();
  settle();

  CHECK(ring.used_idx() == 2);
  CHECK(msi.sent.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "snapshot: INTx pending, a legacy driver") {
  auto ring = start_legacy();
  offer_read(ring);
  set_port(testing::legacy::kNotify, 2, 0);
  settle();
  REQUIRE(wire());

  check();

  CHECK(port(testing::legacy::kIsr, 1) == 1);
  offer_read(ring);
  set_port(testing::legacy::kNotify, 2, 0);
  settle();
  CHECK(ring.used_idx() == 2);
}

TEST_CASE_FIXTURE(Fixture, "snapshot: what an earlier driver negotiated leaves no trace") {
  start(offered());
  set_status(0);
  check();
  start(offered());
  set_port(testing::legacy::kStatus, 1, 3);
  check();
}

TEST_CASE_FIXTURE(Fixture, "snapshot: a device that waits for its reset") {
  auto ring = start();
  ring.set_avail_idx(1000);
  kick();
  settle();
  REQUIRE(status() == (15 | 64));
  check();
  CHECK(status() == (15 | 64));
  CHECK_FALSE(serves(ring));
}

TEST_CASE_FIXTURE(Fixture, "a damaged snapshot is refused or harmless") {
  auto ring = start(offered());
  REQUIRE(serves(ring));
  const auto good = testing::save(*function);
  Noise noise(9);
  for (int i = 0; i < 500; ++i) {
    auto bad = good;
    bad.resize(1 + noise.below(static_cast<unsigned>(bad.size())));
    testing::load(*function, bad);
    kick();
    kick(1);
    for (int step = 0; step < 20; ++step) events.run_due();
  }
  CHECK(testing::load(*function, good));
  CHECK(serves(ring));
}

TEST_CASE_FIXTURE(Fixture, "PCI-49: a bus reset in full flight leaves nothing behind") {
  enable_msix();
  auto ring = start(offered());
  offer_read(ring);
  kick();

  function->reset();
  function->reset_outputs();
  settle();

  CHECK(ring.used_idx() == 0);
  CHECK(msi.sent.empty());
  CHECK_FALSE(wire());
  CHECK(cfg(0x04, 2) == 0);
  place_bars();
  CHECK(status() == 0);
  auto again = start();
  CHECK(serves(again));
}

TEST_CASE_FIXTURE(Fixture, "RG-42: random register writes never hang, and a reset recovers") {
  Noise noise(77);
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 500; ++i) {
      const unsigned size = 1u << noise.below(4);
      const uint64_t value = noise.below(2) ? noise.next() : noise.below(16);
      switch (noise.below(4)) {
        case 0:
          set(noise.below(64), size, value);
          break;
        case 1:
          set_port(noise.below(0x20), size == 8 ? 4 : size, value);
          break;
        case 2:
          memory.write(kNotifyAddr + noise.below(16), size, value);
          break;
        default:
          memory.write(kDeviceAddr + noise.below(80), size, value);
          break;
      }
    }
    settle();
    auto ring = start(offered());
    REQUIRE(serves(ring));
    REQUIRE(serves(ring));
  }
}

TEST_CASE("the same steps give the same state, byte for byte") {
  const auto run = [] {
    VirtioPciBench bench;
    auto ring = bench.start(bench.offered());
    for (int i = 0; i < 10; ++i) bench.serves(ring);
    auto state = testing::save(*bench.function);
    std::vector<std::byte> ram(1 << 20);
    bench.ram.read_bytes(GuestAddr{0}, ram);
    state.insert(state.end(), ram.begin(), ram.end());
    return std::pair(state, bench.clock.now_ns());
  };
  CHECK(run() == run());
}

}  // namespace
}  // namespace vireo
