// virtio-rng: every buffer gets bytes, none is left empty, and the rate limit pauses.
#include <set>

#include "tests/unit/virtio/core_rig.h"
#include "virtio/rng/rng_device.h"

namespace vireo::testing {
namespace {

// Gives what the test puts into `stock`.
struct StockEntropy final : EntropySource {
  explicit StockEntropy(size_t& bytes) : stock(bytes) {}
  size_t fill(std::span<std::byte> out) override {
    const size_t given = std::min(out.size(), stock);
    std::fill_n(out.begin(), given, std::byte{0x5a});
    stock -= given;
    return given;
  }
  size_t& stock;
};

struct RngRig : CoreRig<VirtioRng> {
  explicit RngRig(const VirtioRngOptions& options = {}, uint64_t seed = 1)
      : CoreRig([&](RigBase& base) {
          return std::make_unique<VirtioRng>(std::make_unique<SeededEntropy>(seed), options,
                                             base.events);
        }) {}
  explicit RngRig(size_t& stock)
      : CoreRig([&](RigBase& base) {
          return std::make_unique<VirtioRng>(std::make_unique<StockEntropy>(stock),
                                             VirtioRngOptions{}, base.events);
        }) {}
};

constexpr uint64_t kBuffer = RngRig::kBuffers;
constexpr uint64_t kMsNs = 1'000'000;

TEST_CASE("RNG-01: a buffer is filled and its length told exactly, on both interfaces") {
  for (const auto via : {VirtioInterface::kModern, VirtioInterface::kLegacy}) {
    RngRig rig;
    rig.start(~uint64_t{0}, via);
    rig.put(kBuffer, std::string(80, '\xcc'));
    rig.send(0, {{kBuffer, 16, true}, {kBuffer + 20, 40, true}});
    CHECK(rig.last_used(0, 1).length == 56);
    CHECK(rig.text(kBuffer, 16) != std::string(16, '\xcc'));
    CHECK(rig.text(kBuffer + 16, 4) == std::string(4, '\xcc'));
    CHECK(rig.text(kBuffer + 60, 20) == std::string(20, '\xcc'));
    CHECK(rig.interrupted == 1);
  }
}

TEST_CASE("RNG-01: the readable part is ignored, and a chain without room comes back empty") {
  RngRig rig;
  rig.start();
  rig.put(kBuffer, "abcd");
  rig.send(0, {{kBuffer, 4, false}, {kBuffer + 16, 8, true}});
  CHECK(rig.last_used(0, 1).length == 8);
  CHECK(rig.text(kBuffer, 4) == "abcd");
  rig.send(0, {{kBuffer, 4, false}});
  CHECK(rig.last_used(0, 2).length == 0);
}

TEST_CASE("RNG-01: a long buffer is answered in part") {
  RngRig rig;
  rig.start();
  rig.send(0, {{kBuffer, 0x10000, true}});
  CHECK(rig.last_used(0, 1).length == VirtioRng::kMaxRequestBytes);
}

TEST_CASE("the bytes follow from the seed") {
  std::set<std::string> seen;
  for (const uint64_t seed : {1, 2, 1}) {
    RngRig rig({}, seed);
    rig.start();
    rig.send(0, {{kBuffer, 32, true}});
    seen.insert(rig.text(kBuffer, 32));
  }
  CHECK(seen.size() == 2);
}

TEST_CASE("RNG-02: the rate limit pauses until the period is over") {
  RngRig rig({.max_bytes = 10, .period_ms = 5});
  rig.start();
  rig.send(0, {{kBuffer, 8, true}});
  rig.send(0, {{kBuffer, 8, true}});
  rig.send(0, {{kBuffer, 8, true}});
  CHECK(rig.last_used(0, 2).length == 2);
  rig.pass(4 * kMsNs);
  CHECK(rig.used(0) == 2);
  rig.pass(1 * kMsNs);
  CHECK(rig.last_used(0, 3).length == 8);
}

TEST_CASE("RNG-02: a reset does not renew the allowance") {
  RngRig rig({.max_bytes = 10, .period_ms = 5});
  rig.start();
  rig.send(0, {{kBuffer, 10, true}});
  rig.start();
  rig.send(0, {{kBuffer, 10, true}});
  CHECK(rig.used(0) == 0);
  rig.pass(5 * kMsNs);
  CHECK(rig.last_used(0, 1).length == 10);
}

TEST_CASE("RNG-02: a source without bytes makes the queue wait, not fail") {
  size_t stock = 0;
  RngRig rig(stock);
  rig.start();
  rig.send(0, {{kBuffer, 8, true}});
  CHECK(rig.used(0) == 0);
  CHECK_FALSE(rig.core.broken());
  stock = 3;
  rig.pass(VirtioRng::kRetryNs);
  CHECK(rig.last_used(0, 1).length == 3);
}

TEST_CASE("virtio-rng saves and loads: the same bytes follow") {
  RngRig rig({.max_bytes = 10, .period_ms = 5});
  rig.start();
  rig.send(0, {{kBuffer, 10, true}});
  rig.send(0, {{kBuffer, 10, true}});
  rig.check_save_and_load();
  rig.pass(5 * kMsNs);
  CHECK(rig.last_used(0, 2).length == 10);
}

TEST_CASE("RG-37: a request that writes into its own ring ends") {
  RngRig rig;
  rig.start();
  rig.send(0, {{rig.rings[0].layout().driver_area.value, 64, true}});
  rig.send(0, {{rig.rings[0].layout().device_area.value, 64, true}});
  CHECK(rig.clock.now_ns() < 1 * kMsNs);
}

}  // namespace
}  // namespace vireo::testing
