// What a device counts of its driver's work, for reports.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "tests/unit/virtio/core_rig.h"
#include "tests/unit/virtio/vector_backend.h"
#include "virtio/blk/blk_device.h"

namespace vireo::testing {
namespace {

struct CountingRig {
  std::map<std::string, uint64_t> counters() const {
    std::map<std::string, uint64_t> all;
    rig.core.for_each_counter(
        [&](std::string_view name, uint64_t value) { CHECK(all.emplace(name, value).second); });
    return all;
  }
  void offer(virtio_blk::RequestType type, uint64_t sector, uint32_t bytes, bool device_writes) {
    constexpr uint64_t kHeader = CoreRig<VirtioBlk>::kBuffers;
    rig.ram.write(GuestAddr{kHeader + slot}, static_cast<uint64_t>(type));
    rig.ram.write(GuestAddr{kHeader + slot + 8}, sector);
    DriverRing& ring = rig.rings[0];
    ring.offer(ring.chain({{kHeader + slot, 16, false},
                           {kHeader + 0x1000, bytes, device_writes},
                           {kHeader + 0x800, 1, true}}));
    slot += 16;
  }

  VectorBackend disk{64 << 10};
  CoreRig<VirtioBlk> rig{[this](RigBase&) { return std::move(*VirtioBlk::create(disk, {})); }};
  uint64_t slot = 0;
};

TEST_CASE("a batch of requests is one kick and one interrupt") {
  CountingRig counted;
  counted.rig.start();
  CHECK(counted.counters()["kicks"] == 0);
  counted.offer(virtio_blk::RequestType::kIn, 0, 1024, true);
  counted.offer(virtio_blk::RequestType::kOut, 2, 512, false);
  counted.offer(virtio_blk::RequestType::kIn, 1000, 512, true);
  counted.rig.kick(0);
  auto counters = counted.counters();
  CHECK(counters["kicks"] == 1);
  CHECK(counters["interrupts"] == 1);
  CHECK(counters["requests"] == 3);
  CHECK(counters["reads"] == 2);
  CHECK(counters["read_bytes"] == 1024);
  CHECK(counters["writes"] == 1);
  CHECK(counters["written_bytes"] == 512);
  CHECK(counters["errors"] == 1);
}

TEST_CASE("counters outlive a reset and are no part of the state") {
  CountingRig counted;
  counted.rig.start();
  counted.offer(virtio_blk::RequestType::kIn, 0, 512, true);
  counted.rig.kick(0);
  Archive before = Archive::saver();
  counted.rig.core.visit(before);
  counted.rig.core.kick(0);
  counted.rig.settle();
  Archive after = Archive::saver();
  counted.rig.core.visit(after);
  CHECK(after.bytes() == before.bytes());
  counted.rig.core.reset();
  CHECK(counted.counters()["kicks"] == 2);
  CHECK(counted.counters()["requests"] == 1);
}

}  // namespace
}  // namespace vireo::testing
