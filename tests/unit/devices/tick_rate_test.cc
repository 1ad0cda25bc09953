#include "machine/devices/tick_rate.h"

#include <doctest/doctest.h>

#include <initializer_list>

namespace vireo {
namespace {

TEST_CASE("ns_at gives the first nanosecond of a tick") {
  for (const uint64_t hz : {uint64_t{1193182}, uint64_t{3579545}, uint64_t{32768}}) {
    const TickRate rate{hz};
    for (const uint64_t tick : {uint64_t{1}, uint64_t{17}, hz - 1, hz, 1000 * hz + 3}) {
      CHECK(rate.ticks_at(rate.ns_at(tick)) == tick);
      CHECK(rate.ticks_at(rate.ns_at(tick) - 1) == tick - 1);
    }
  }
}

TEST_CASE("a second holds exactly the crystal's number of ticks") {
  CHECK(TickRate{1193182}.ticks_at(1'000'000'000) == 1193182);
  CHECK(TickRate{1193182}.ticks_at(999'999'999) == 1193181);
}

TEST_CASE("ticks past the end of time saturate") {
  CHECK(TickRate{10'000'000}.ns_at(UINT64_MAX) == UINT64_MAX);
}

}  // namespace
}  // namespace vireo
