#include "machine/devices/hpet.h"

#include "tests/unit/devices/chip_test.h"

namespace vireo::test {
namespace {

enum : uint64_t {
  kCapabilities = 0x000,
  kConfig = 0x010,
  kStatus = 0x020,
  kCounter = 0x0f0,
  kTimer0 = 0x100,
};

// Timer configuration bits.
enum : uint64_t { kLevel = 2, kEnable = 4, kPeriodic = 8, kSetValue = 0x40, k32Bit = 0x100 };

struct HpetFixture {
  TestTime time;
  TestSink gsi;
  TestSink isa;
  Hpet hpet{HpetConfig{}, time.events, gsi, isa.line(0), isa.line(8)};

  uint64_t read64(uint64_t offset) { return hpet.read(offset, 8); }
  void write64(uint64_t offset, uint64_t value) { hpet.write(offset, 8, value); }
  static uint64_t config_of(unsigned n) { return kTimer0 + 0x20 * n; }
  static uint64_t comparator_of(unsigned n) { return config_of(n) + 8; }
  static uint64_t route(unsigned pin) { return uint64_t{pin} << 9; }
  void start(bool legacy = false) { write64(kConfig, legacy ? 3 : 1); }
};

TEST_CASE_FIXTURE(HpetFixture, "hpet tells its capabilities") {
  CHECK(read64(kCapabilities) == ((uint64_t{10'000'000} << 32) | 0x8086a201));
  CHECK((read64(kTimer0) >> 32) == 0x00ff0104);
  CHECK((read64(kTimer0) & 0x8030) == 0x30);  // periodic, 64 bits, no FSB
}

TEST_CASE_FIXTURE(HpetFixture, "hpet counts 100 MHz while enabled only") {
  time.advance(kMicrosecond);
  CHECK(read64(kCounter) == 0);
  start();
  time.advance(kMicrosecond);
  CHECK(read64(kCounter) == 100);
  write64(kCounter, 5);  // ignored while it runs
  CHECK(read64(kCounter) == 100);
  write64(kConfig, 0);
  time.advance(kMicrosecond);
  write64(kCounter, 0x1'0000'0005);
  CHECK(hpet.read(kCounter + 4, 4) == 1);
  start();
  time.advance(10);
  CHECK(read64(kCounter) == 0x1'0000'0006);
}

TEST_CASE_FIXTURE(HpetFixture, "hpet one-shot edge timer pulses its pin once") {
  start();
  write64(config_of(2), kEnable | route(20));
  write64(comparator_of(2), 1000);
  time.advance(9'999);
  CHECK(gsi.edges[20] == 0);
  time.advance(1);
  CHECK(gsi.edges[20] == 1);
  CHECK_FALSE(gsi.level[20]);
  CHECK(read64(kStatus) == 0);
  time.advance(kSecond);
  CHECK(gsi.edges[20] == 1);
}

TEST_CASE_FIXTURE(HpetFixture, "hpet level timer holds its pin until the status is cleared") {
  start();
  write64(config_of(1), kEnable | kLevel | route(21));
  write64(comparator_of(1), 100);
  time.advance(kMicrosecond);
  CHECK(gsi.level[21]);
  CHECK(read64(kStatus) == 2);
  hpet.write(kStatus, 4, 2);
  CHECK_FALSE(gsi.level[21]);
  CHECK(read64(kStatus) == 0);
}

TEST_CASE_FIXTURE(HpetFixture, "hpet periodic timer as Linux programs it") {
  start();
  time.advance(5 * kMicrosecond);
  hpet.write(config_of(0), 4, kEnable | kPeriodic | kSetValue | k32Bit | route(2));
  hpet.write(comparator_of(0), 4, 1500);  // first match
  hpet.write(comparator_of(0), 4, 1000);  // period
  time.advance_to(15 * kMicrosecond);
  CHECK(gsi.edges[2] == 1);
  CHECK(read64(comparator_of(0)) == 2500);
  time.advance(100 * kMicrosecond);
  CHECK(gsi.edges[2] == 11);
}

TEST_CASE_FIXTURE(HpetFixture, "hpet 32-bit timer matches again after a wrap") {
  write64(kCounter, 0xffff'ff00);
  write64(config_of(0), kEnable | k32Bit | route(2));
  write64(comparator_of(0), 0x100);
  start();
  time.advance(0x200 * 10);
  CHECK(gsi.edges[2] == 1);
  time.advance((uint64_t{1} << 32) * 10);
  CHECK(gsi.edges[2] == 2);
}

TEST_CASE_FIXTURE(HpetFixture, "hpet legacy replacement takes over the PIT's and the RTC's lines") {
  hpet.set_input(Hpet::kPitInput, true);
  CHECK(isa.level[0]);
  hpet.set_input(Hpet::kPitInput, false);
  hpet.set_input(Hpet::kRtcInput, true);
  CHECK(isa.level[8]);

  write64(config_of(0), kEnable);
  write64(config_of(1), kEnable | kLevel);
  write64(comparator_of(0), 100);
  write64(comparator_of(1), 200);
  start(true);
  CHECK_FALSE(isa.level[8]);
  hpet.set_input(Hpet::kPitInput, true);
  CHECK_FALSE(isa.level[0]);
  time.advance(kMicrosecond);
  CHECK(isa.edges[0] == 2);
  time.advance(kMicrosecond);
  CHECK(isa.level[8]);

  write64(kConfig, 0);
  CHECK(isa.level[0]);
  CHECK(isa.level[8]);
}

TEST_CASE_FIXTURE(HpetFixture, "hpet refuses a route that it lacks") {
  write64(config_of(0), route(16));
  CHECK((read64(config_of(0)) >> 9 & 31) == 16);
  write64(config_of(0), route(5));
  CHECK((read64(config_of(0)) >> 9 & 31) == 16);
}

TEST_CASE_FIXTURE(HpetFixture, "hpet with the shortest period stays bounded") {
  start();
  write64(config_of(0), kEnable | kPeriodic | kSetValue | route(2));
  write64(comparator_of(0), 1);
  time.advance(100 * kMicrosecond);
  CHECK(gsi.edges[2] >= 99);
  CHECK(gsi.edges[2] <= 102);
}

TEST_CASE_FIXTURE(HpetFixture, "hpet survives any width and offset") {
  start();
  for (uint64_t offset = 0; offset < 0x400; ++offset) {
    for (unsigned size : {1u, 2u, 4u, 8u}) {
      hpet.read(offset, size);
      hpet.write(offset, size, 0x5a5a5a5a5a5a5a5a >> (64 - 8 * size));
    }
  }
  time.advance(kMillisecond);
  CHECK(hpet.read(kCapabilities + 4, 4) == 10'000'000);
}

TEST_CASE_FIXTURE(HpetFixture, "hpet reset lets go of its pins in the second phase") {
  start();
  write64(config_of(1), kEnable | kLevel | route(21));
  write64(comparator_of(1), 100);
  time.advance(kMicrosecond);
  hpet.reset();
  CHECK(gsi.level[21]);
  hpet.reset_outputs();
  CHECK_FALSE(gsi.level[21]);
}

TEST_CASE_FIXTURE(HpetFixture, "hpet snapshot") {
  start(true);
  write64(config_of(0), kEnable | kPeriodic | kSetValue);
  write64(comparator_of(0), 1000);
  write64(config_of(2), kEnable | kLevel | route(22));
  write64(comparator_of(2), 50);
  time.advance(7 * kMicrosecond);
  check_snapshot(hpet);
  CHECK(read64(kCounter) == 700);
  CHECK(time.events.pending().size() == 1);
}

}  // namespace
}  // namespace vireo::test
