#include "cpu/apic/apic_timer.h"

#include "tests/unit/cpu/apic/apic_test.h"

namespace vireo::test {
namespace {

enum : unsigned {
  kEoi = 0xb0,
  kLvtTimer = 0x320,
  kInitial = 0x380,
  kCurrent = 0x390,
  kDivide = 0x3e0
};

constexpr uint32_t kMasked = 0x10000;
constexpr uint32_t kPeriodic = 0x20000;
constexpr uint32_t kDeadline = 0x40000;
constexpr uint32_t kBy1 = 0x0b;

struct TimerFixture : ApicFixture {
  // How many timer interrupts come until `ns` have passed.
  unsigned interrupts(uint64_t ns, uint64_t step) {
    unsigned count = 0;
    for (uint64_t passed = 0; passed < ns; passed += step) {
      time.advance(step);
      while (apic.acknowledge() >= 0) {
        write(kEoi, 0);
        ++count;
      }
    }
    return count;
  }
};

TEST_CASE_FIXTURE(TimerFixture, "apic timer one-shot expires once at the exact time") {
  write(kDivide, kBy1);
  write(kLvtTimer, 0x40);
  write(kInitial, 5000);
  time.advance(4999);
  CHECK(read(kCurrent) == 1);
  CHECK_FALSE(apic.has_interrupt());
  time.advance(1);
  CHECK(read(kCurrent) == 0);
  CHECK(apic.acknowledge() == 0x40);
  write(kEoi, 0);
  CHECK(interrupts(kMillisecond, 100 * kMicrosecond) == 0);
}

TEST_CASE_FIXTURE(TimerFixture, "apic timer divides the clock") {
  const std::array<uint32_t, 8> codes{0x0b, 0x00, 0x01, 0x02, 0x03, 0x08, 0x09, 0x0a};
  for (unsigned shift = 0; shift < codes.size(); ++shift) {
    write(kDivide, codes[shift]);
    write(kInitial, 1'000'000);
    time.advance(uint64_t{1000} << shift);
    CHECK(read(kCurrent) == 999'000);
    CHECK(read(kDivide) == codes[shift]);
  }
}

TEST_CASE_FIXTURE(TimerFixture, "apic timer periodic repeats without drift") {
  write(kDivide, kBy1);
  write(kLvtTimer, kPeriodic | 0x40);
  write(kInitial, 10'000);
  CHECK(interrupts(kMillisecond, 10'000) == 100);
  time.advance(3'000);
  CHECK(read(kCurrent) == 7'000);
  write(kInitial, 0);
  CHECK(read(kCurrent) == 0);
  CHECK(interrupts(kMillisecond, 10'000) == 0);
}

TEST_CASE_FIXTURE(TimerFixture, "apic timer with the shortest period stays bounded") {
  write(kDivide, kBy1);
  write(kLvtTimer, kPeriodic | 0x40);
  write(kInitial, 1);
  const unsigned count = interrupts(100 * kMicrosecond, 100);
  CHECK(count >= 99);
  CHECK(count <= 101);
}

TEST_CASE_FIXTURE(TimerFixture,
                  "apic timer counts while masked and interrupts when unmasked in time") {
  write(kDivide, kBy1);
  write(kLvtTimer, kMasked | 0x40);
  write(kInitial, 1000);
  CHECK_FALSE(time.events.next_deadline_ns().has_value());
  time.advance(400);
  CHECK(read(kCurrent) == 600);
  write(kLvtTimer, 0x40);
  time.advance(600);
  CHECK(apic.acknowledge() == 0x40);
}

TEST_CASE_FIXTURE(TimerFixture, "apic timer change of divider keeps the count") {
  write(kDivide, kBy1);
  write(kInitial, 1000);
  time.advance(400);
  write(kDivide, 0x00);  // by 2
  CHECK(read(kCurrent) == 600);
  time.advance(400);
  CHECK(read(kCurrent) == 400);
}

TEST_CASE_FIXTURE(TimerFixture, "tsc deadline fires when the counter reaches it, once") {
  tsc.offset = 500;
  write(kLvtTimer, kDeadline | 0x40);
  apic.set_tsc_deadline(10'500);
  CHECK(apic.tsc_deadline() == 10'500);
  time.advance(9'999);
  CHECK_FALSE(apic.has_interrupt());
  time.advance(1);
  CHECK(apic.acknowledge() == 0x40);
  CHECK(apic.tsc_deadline() == 0);
}

TEST_CASE_FIXTURE(TimerFixture, "tsc deadline in the past fires at once") {
  time.advance(1000);
  write(kLvtTimer, kDeadline | 0x40);
  apic.set_tsc_deadline(1);
  time.advance(0);
  CHECK(apic.acknowledge() == 0x40);
}

TEST_CASE_FIXTURE(TimerFixture, "tsc deadline is disarmed by zero and by leaving the mode") {
  write(kLvtTimer, kDeadline | 0x40);
  apic.set_tsc_deadline(1000);
  apic.set_tsc_deadline(0);
  CHECK_FALSE(time.events.next_deadline_ns().has_value());
  apic.set_tsc_deadline(1000);
  write(kLvtTimer, 0x40);
  CHECK(apic.tsc_deadline() == 0);
  CHECK_FALSE(time.events.next_deadline_ns().has_value());
  apic.set_tsc_deadline(1000);  // ignored in the other modes
  CHECK(apic.tsc_deadline() == 0);
}

TEST_CASE_FIXTURE(TimerFixture, "tsc deadline passes silently while masked") {
  write(kLvtTimer, kMasked | kDeadline | 0x40);
  apic.set_tsc_deadline(1000);
  time.advance(1000);
  CHECK(apic.tsc_deadline() == 0);
  CHECK_FALSE(apic.has_interrupt());
}

TEST_CASE_FIXTURE(TimerFixture, "tsc deadline follows a write to the counter") {
  write(kLvtTimer, kDeadline | 0x40);
  apic.set_tsc_deadline(10'000);
  tsc.offset = 9'000;
  apic.tsc_changed();
  time.advance(1'000);
  CHECK(apic.acknowledge() == 0x40);
}

TEST_CASE_FIXTURE(TimerFixture, "apic counts are dead in deadline mode") {
  write(kLvtTimer, kDeadline | 0x40);
  write(kInitial, 1000);
  CHECK(read(kInitial) == 0);
  CHECK(read(kCurrent) == 0);
}

TEST_CASE_FIXTURE(TimerFixture, "apic software disable masks the timer") {
  write(kDivide, kBy1);
  write(kLvtTimer, kPeriodic | 0x40);
  write(kInitial, 1000);
  write(0xf0, 0xff);
  CHECK(read(kLvtTimer) == (kMasked | kPeriodic | 0x40));
  CHECK_FALSE(time.events.next_deadline_ns().has_value());
}

}  // namespace
}  // namespace vireo::test
