// How time passes while a processor is halted.
#include "machine/board/idle.h"

#include <doctest/doctest.h>

#include "tests/unit/board/fake_host.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

constexpr uint64_t kMs = 1'000'000;

struct IdleBench {
  FakeHost host;
  MachineCore core{std::move(*HostRam::allocate(kMinMemory)),
                   address_map::RamLayout::of(kMinMemory), 0};
  InputGate input;
  Event event{core.events, "test", [this] { ++fired; }};
  int fired = 0;
  RunState state;
  Idle idle;

  explicit IdleBench(OnOffAuto sleep)
      : idle(IcountConfig{0, sleep}, host, core, input, state) {}
};

}  // namespace

TEST_CASE("sleep=off: time jumps to the next event") {
  IdleBench bench(OnOffAuto::kOff);
  bench.event.schedule_at(5 * kMs);
  bench.idle.pass_time();
  CHECK(bench.core.clock.now_ns() == 5 * kMs);
  CHECK(bench.host.waits.empty());
}

TEST_CASE("sleep=on: time passes with the host's") {
  IdleBench bench(OnOffAuto::kOn);
  bench.event.schedule_at(5 * kMs);
  SUBCASE("to the next event") {
    bench.idle.pass_time();
    CHECK(bench.core.clock.now_ns() == 5 * kMs);
  }
  SUBCASE("or as far as the host got") {
    bench.host.longest_wait_ns = 2 * kMs;
    bench.idle.pass_time();
    CHECK(bench.core.clock.now_ns() == 2 * kMs);
  }
  CHECK(bench.host.waits == std::vector<uint64_t>{5 * kMs});
}

TEST_CASE("sleep=on: short waits are saved up") {
  IdleBench bench(OnOffAuto::kOn);
  for (uint64_t at = kMs / 4; at <= kMs; at += kMs / 4) {
    bench.event.schedule_at(at);
    bench.idle.pass_time();
    CHECK(bench.core.clock.now_ns() == at);
  }
  CHECK(bench.host.waits == std::vector<uint64_t>{kMs});
}

TEST_CASE("sleep=auto sleeps when somebody may type") {
  IdleBench bench(OnOffAuto::kAuto);
  bench.event.schedule_at(5 * kMs);
  SUBCASE("nobody") {
    bench.idle.pass_time();
    CHECK(bench.host.waits.empty());
  }
  SUBCASE("a terminal") {
    bench.host.live_input = true;
    bench.idle.pass_time();
    CHECK(bench.host.waits.size() == 1);
  }
}

TEST_CASE("without any event only the outside can wake the guest") {
  IdleBench bench(OnOffAuto::kOff);
  bench.host.longest_wait_ns = 5 * kMs;
  bench.idle.pass_time();
  CHECK(bench.host.waits.size() == 1);
  CHECK(bench.core.clock.now_ns() == 0);
}
