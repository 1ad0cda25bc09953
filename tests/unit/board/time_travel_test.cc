// A machine goes back in time, and forward again to the same states.
#include "machine/board/outside/time_travel.h"

#include <map>

#include "tests/unit/board/snapshot_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

constexpr uint64_t kEvery = 100'000;

// Counts in memory, and adds what is typed.
GuestCode counting_guest() {
  GuestCode guest;
  // again: inc dword [0x200000]; mov dx, 0x3f8; in al, dx; add [0x200004], al; jmp again
  guest.bytes({0xFF, 0x04, 0x25, 0, 0, 0x20, 0, 0x66, 0xBA, 0xF8, 0x03, 0xEC, 0x00,
               0x04, 0x25, 4,    0, 0x20, 0, 0xEB, 0xEB});
  return guest;
}

struct TravelBench : MachineBench {
  std::map<uint64_t, uint64_t> hashes;  // by instruction, when there for the first time
  std::map<uint64_t, uint64_t> again;

  TravelBench() : MachineBench(counting_guest()) { REQUIRE(build().ok()); }

  void note(std::map<uint64_t, uint64_t>& where) {
    where[machine->panel().events.clock().instructions()] = machine->state_hash();
  }
  // Types at a moment that is no state's.
  void type_at(uint64_t instructions, uint8_t key) {
    machine->panel().alarms.set(instructions,
                                [this, key] { host.line("serial0").input.push_back(key); });
  }
};

}  // namespace

TEST_CASE("any instruction can be gone back to, input included") {
  TravelBench bench;
  ControlPanel panel = bench.machine->panel();
  panel.time_travel.enable({.every = kEvery});
  bench.type_at(123'456, 'a');
  bench.type_at(2'345'678, 'b');
  const std::vector<uint64_t> places = {150'001, 2'400'000, 2'999'999};
  for (const uint64_t place : places) panel.alarms.set(place, [&] { bench.note(bench.hashes); });
  panel.alarms.set(3'000'000, [&] {
    // Backwards, one after the other, and then once more forward.
    const auto go = [&](uint64_t to, std::function<void()> then) {
      const auto gone = panel.time_travel.go_to(to, std::move(then));
      CHECK_MESSAGE(gone.ok(), gone.error().message);
    };
    go(2'999'999, [&, go] {
      bench.note(bench.again);
      go(150'001, [&, go] {
        bench.note(bench.again);
        go(2'400'000, [&] {
          bench.note(bench.again);
          panel.run.quit();
        });
      });
    });
  });
  bench.machine->run();
  CHECK(bench.hashes.size() == 3);
  CHECK(bench.again == bench.hashes);
  CHECK(panel.time_travel.moments().size() == 30);
}

TEST_CASE("the oldest states go when there are too many") {
  TravelBench bench;
  ControlPanel panel = bench.machine->panel();
  panel.time_travel.enable({.every = kEvery, .most_bytes = 256 * 1024});
  CHECK(panel.time_travel.earliest() == 0);
  end_at(*bench.machine, 3'000'000);
  bench.machine->run();
  CHECK(panel.time_travel.earliest() > 0);
  const auto gone = panel.time_travel.go_back(panel.time_travel.earliest() - 1);
  CHECK_FALSE(gone.ok());
  CHECK(panel.time_travel.go_back(panel.time_travel.earliest()).ok());
}

TEST_CASE("no more states are kept than are wanted") {
  TravelBench bench;
  ControlPanel panel = bench.machine->panel();
  panel.time_travel.enable({.every = kEvery, .most_states = 3});
  end_at(*bench.machine, 3'000'000);
  bench.machine->run();
  const auto moments = panel.time_travel.moments();
  CHECK(moments.size() == 3);
  CHECK(panel.time_travel.go_back(moments.front()).ok());
}

TEST_CASE("a future that was changed by hand is another one") {
  TravelBench bench;
  ControlPanel panel = bench.machine->panel();
  panel.time_travel.enable({.every = kEvery});
  bench.type_at(500'000, 'a');
  panel.alarms.set(2'000'000, [&] {
    CHECK(panel.time_travel
              .go_to(250'000, [&] {
                panel.core.memory.write(GuestAddr{0x200004}, uint8_t{0x77});
                panel.time_travel.forget_future();
                end_at(*bench.machine, 3'000'000);
              })
              .ok());
  });
  bench.machine->run();
  CHECK(panel.time_travel.moments().size() >= 30);
  CHECK(panel.core.memory.read<uint8_t>(GuestAddr{0x200004}) == 0x77);
}
