// What a replay answers, and at which of several calls at one moment.
#include "machine/board/outside/outside.h"

#include <doctest/doctest.h>

#include <deque>

using namespace vireo;

namespace {

struct OutsideBench {
  OutsideBench() {
    outside.keep();
    outside.bind(clock, nullptr, [this] { return stopped; }, [](Outside::Trouble, const auto&) {});
    source = outside.open_source("serial0");
  }

  std::optional<uint8_t> read() {
    return outside.byte(source, [this]() -> std::optional<uint8_t> {
      if (typed.empty()) return std::nullopt;
      const uint8_t byte = typed.front();
      typed.pop_front();
      return byte;
    });
  }
  void go_back(const Outside::Mark& mark) { outside.rewind(mark, clock.instructions()); }

  VirtualClock clock;
  Outside outside;
  bool stopped = false;
  uint32_t source = 0;
  std::deque<uint8_t> typed;
};

}  // namespace

TEST_CASE("of two who read a channel at one moment, the one gets a byte who got it before") {
  OutsideBench bench;
  const auto mark = bench.outside.mark();
  CHECK_FALSE(bench.read());  // the guest's serial port, and then
  bench.typed = {'a', 'b'};   // the monitor of the same keyboard
  CHECK(bench.read() == 'a');
  CHECK(bench.read() == 'b');
  bench.go_back(mark);
  CHECK_FALSE(bench.read());
  CHECK(bench.read() == 'a');
  CHECK(bench.read() == 'b');
  CHECK_FALSE(bench.outside.replaying());
}

TEST_CASE("bytes with an unanswered call between them come so again") {
  OutsideBench bench;
  const auto mark = bench.outside.mark();
  bench.typed = {'a'};
  CHECK(bench.read() == 'a');
  CHECK_FALSE(bench.read());
  bench.typed = {'b'};
  CHECK(bench.read() == 'b');
  bench.go_back(mark);
  CHECK(bench.read() == 'a');
  CHECK_FALSE(bench.read());
  CHECK(bench.read() == 'b');
}

TEST_CASE("how often somebody looks while the machine stands still is nothing to a replay") {
  OutsideBench bench;
  const auto mark = bench.outside.mark();
  bench.stopped = true;
  for (int i = 0; i < 5; ++i) CHECK_FALSE(bench.read());
  bench.typed = {'c'};
  CHECK(bench.read() == 'c');
  bench.stopped = false;
  CHECK_FALSE(bench.read());
  bench.typed = {'d'};
  CHECK(bench.read() == 'd');
  bench.go_back(mark);
  bench.stopped = true;
  CHECK(bench.read() == 'c');
  bench.stopped = false;
  CHECK_FALSE(bench.read());
  CHECK(bench.read() == 'd');
}

TEST_CASE("a wait of no length is waited again") {
  OutsideBench bench;
  const auto mark = bench.outside.mark();
  CHECK(bench.outside.wait([] { return 0; }) == 0);
  CHECK(bench.outside.wait([] { return 70; }) == 70);
  bench.go_back(mark);
  const auto nobody = [] { return uint64_t{1}; };
  CHECK(bench.outside.wait(nobody) == 0);
  CHECK(bench.outside.wait(nobody) == 70);
}

TEST_CASE("a change of a level is heard by the call that heard it first") {
  OutsideBench bench;
  const auto mark = bench.outside.mark();
  uint64_t now = 1;
  const auto level = [&](unsigned which) {
    return bench.outside.level(bench.source, which, [&now] { return now; });
  };
  const auto hear = [&](uint64_t later) {
    CHECK(level(3) == 1);
    CHECK(level(4) == 1);
    CHECK(level(3) == 1);
    now = later;
    CHECK(level(3) == 2);
    CHECK(level(4) == 2);
  };
  hear(2);
  bench.go_back(mark);
  now = 9;
  hear(9);
}
