#include "machine/devices/i8254.h"

#include "machine/devices/system_port_b.h"
#include "tests/unit/devices/chip_test.h"

namespace vireo::test {
namespace {

constexpr TickRate kRate{I8254::kHz};

struct PitFixture {
  TestTime time;
  TestSink sink;
  I8254 pit{time.events, sink.line(0)};
  SystemPortB port_b{time.events, pit};
  IoHandler& ports = pit.ports();

  void program(unsigned counter, unsigned mode, uint16_t count, bool bcd = false) {
    out(ports, 3, static_cast<uint8_t>(counter << 6 | 0x30 | mode << 1 | (bcd ? 1 : 0)));
    out(ports, counter, static_cast<uint8_t>(count));
    out(ports, counter, static_cast<uint8_t>(count >> 8));
  }
  uint16_t read_count(unsigned counter) {
    const uint8_t low = in(ports, counter);
    return static_cast<uint16_t>(low | in(ports, counter) << 8);
  }
  uint16_t latched(unsigned counter) {
    out(ports, 3, static_cast<uint8_t>(counter << 6));
    return read_count(counter);
  }
  uint8_t status(unsigned counter) {
    out(ports, 3, static_cast<uint8_t>(0xe0 | 2u << counter));
    return in(ports, counter);
  }
  // The loading of a count takes one tick more.
  void advance_ticks(uint64_t ticks) {
    time.advance_to(kRate.ns_at(kRate.ticks_at(time.clock.now_ns()) + ticks));
  }
  bool irq() const { return sink.level[0]; }
  bool output2() { return (in(port_b.port(), 0) & 0x20) != 0; }
};

TEST_CASE_FIXTURE(PitFixture, "pit mode 0 raises its output at the terminal count") {
  program(0, 0, 100);
  advance_ticks(100);
  CHECK_FALSE(irq());
  CHECK(latched(0) == 1);
  advance_ticks(1);
  CHECK(irq());
  advance_ticks(10);
  CHECK(latched(0) == 0xfff6);
  CHECK(sink.edges[0] == 1);
}

TEST_CASE_FIXTURE(PitFixture, "pit mode 0 starts again with a new count") {
  program(0, 0, 100);
  advance_ticks(101);
  out(ports, 0, 50);  // the first byte takes the output low
  CHECK_FALSE(irq());
  out(ports, 0, 0);
  advance_ticks(51);
  CHECK(irq());
}

TEST_CASE_FIXTURE(PitFixture, "pit mode 2 gives exactly the programmed rate") {
  program(0, 2, 11932);  // 100 Hz
  const unsigned before = sink.edges[0];
  advance_ticks(1 + 11932 * 50);
  CHECK(sink.edges[0] - before == 50);
  CHECK(latched(0) == 11932);
}

TEST_CASE_FIXTURE(PitFixture, "pit mode 2 is low for the last tick of a cycle only") {
  program(0, 2, 4);
  advance_ticks(1 + 2);
  CHECK(irq());
  advance_ticks(1);
  CHECK_FALSE(irq());
  advance_ticks(1);
  CHECK(irq());
}

TEST_CASE_FIXTURE(PitFixture, "pit mode 2 takes a new count at the end of its cycle") {
  program(0, 2, 1000);
  advance_ticks(1 + 400);
  out(ports, 0, 100);
  out(ports, 0, 0);
  CHECK((status(0) & 0x40) != 0);  // null count
  CHECK(latched(0) == 600);
  advance_ticks(600);
  CHECK((status(0) & 0x40) == 0);
  CHECK(latched(0) == 100);
}

TEST_CASE_FIXTURE(PitFixture, "pit mode 3 halves an odd count unevenly and counts by two") {
  program(0, 3, 5);
  advance_ticks(1);
  CHECK(irq());
  CHECK(latched(0) == 4);
  advance_ticks(2);
  CHECK(irq());
  CHECK(latched(0) == 0);
  advance_ticks(1);
  CHECK_FALSE(irq());
  CHECK(latched(0) == 4);
  advance_ticks(2);
  CHECK(irq());
}

TEST_CASE_FIXTURE(PitFixture, "pit mode 3 takes a new count after the half cycle") {
  program(0, 3, 100);
  advance_ticks(1 + 10);
  out(ports, 0, 20);
  out(ports, 0, 0);
  advance_ticks(39);
  CHECK(irq());
  advance_ticks(1);
  CHECK_FALSE(irq());
  advance_ticks(10);
  CHECK(irq());
}

TEST_CASE_FIXTURE(PitFixture, "pit mode 4 strobes once") {
  program(0, 4, 30);
  CHECK(irq());
  advance_ticks(31);
  CHECK_FALSE(irq());
  advance_ticks(1);
  CHECK(irq());
  advance_ticks(200000);
  CHECK(sink.edges[0] == 2);  // with the control word, and after the strobe
}

TEST_CASE_FIXTURE(PitFixture, "pit gate of counter 2 holds and resumes mode 0") {
  program(2, 0, 100);
  advance_ticks(50);
  CHECK(latched(2) == 100);
  out(port_b.port(), 0, 0x01);
  advance_ticks(60);
  CHECK(latched(2) == 40);
  out(port_b.port(), 0, 0x00);
  advance_ticks(60);
  CHECK(latched(2) == 40);
  CHECK_FALSE(output2());
  out(port_b.port(), 0, 0x01);
  advance_ticks(40);
  CHECK(output2());
}

TEST_CASE_FIXTURE(PitFixture, "pit mode 1 is a one-shot started by its gate") {
  program(2, 1, 20);
  advance_ticks(100);
  CHECK(output2());
  out(port_b.port(), 0, 0x01);
  advance_ticks(1);
  CHECK_FALSE(output2());
  advance_ticks(20);
  CHECK(output2());
}

TEST_CASE_FIXTURE(PitFixture, "pit mode 5 strobes after its gate rises") {
  program(2, 5, 20);
  out(port_b.port(), 0, 0x01);
  CHECK(output2());
  advance_ticks(21);
  CHECK_FALSE(output2());
  advance_ticks(1);
  CHECK(output2());
}

TEST_CASE_FIXTURE(PitFixture, "pit gate low forces periodic outputs high and restarts them") {
  out(port_b.port(), 0, 0x01);
  program(2, 3, 100);
  advance_ticks(1 + 60);
  CHECK_FALSE(output2());
  out(port_b.port(), 0, 0x00);
  CHECK(output2());
  out(port_b.port(), 0, 0x01);
  advance_ticks(1);
  CHECK(latched(2) == 100);
}

TEST_CASE_FIXTURE(PitFixture, "pit counts in BCD") {
  program(0, 2, 0x1000, true);
  advance_ticks(1 + 1);
  CHECK(latched(0) == 0x0999);
}

TEST_CASE_FIXTURE(PitFixture, "pit count zero is the largest one") {
  program(0, 2, 0);
  advance_ticks(1 + 1);
  CHECK(latched(0) == 0xffff);
  program(0, 2, 0, true);
  advance_ticks(1 + 1);
  CHECK(latched(0) == 0x9999);
}

TEST_CASE_FIXTURE(PitFixture, "pit read-back latches status before count") {
  program(0, 2, 1000);
  advance_ticks(1 + 1);
  out(ports, 3, 0xc2);  // count and status of counter 0
  advance_ticks(100);
  CHECK(in(ports, 0) == 0xb4);  // output high, both bytes, mode 2
  CHECK(read_count(0) == 999);
  CHECK(read_count(0) == 899);
}

TEST_CASE_FIXTURE(PitFixture, "pit single-byte access reads and writes one half") {
  out(ports, 3, 0x14);  // counter 0, low byte, mode 2
  out(ports, 0, 200);
  advance_ticks(1 + 10);
  CHECK(in(ports, 0) == 190);
  out(ports, 3, 0x24);  // high byte
  out(ports, 0, 2);
  advance_ticks(1);
  CHECK(in(ports, 0) == 2);
}

TEST_CASE_FIXTURE(PitFixture, "pit with an illegal count of one schedules nothing") {
  program(0, 2, 1);
  CHECK_FALSE(time.events.next_deadline_ns().has_value());
  program(0, 3, 1);
  CHECK_FALSE(time.events.next_deadline_ns().has_value());
}

TEST_CASE_FIXTURE(PitFixture, "port b shows the refresh toggle on virtual time") {
  const auto refresh = [this] { return (in(port_b.port(), 0) & 0x10) != 0; };
  CHECK_FALSE(refresh());
  time.advance_to(kRate.ns_at(18));
  CHECK(refresh());
  time.advance_to(kRate.ns_at(36));
  CHECK_FALSE(refresh());
}

TEST_CASE_FIXTURE(PitFixture, "pit and port b snapshots") {
  program(0, 2, 1000);
  program(2, 3, 77);
  out(port_b.port(), 0, 0x03);
  advance_ticks(50);
  out(ports, 3, 0xc4);
  check_snapshot(pit);
  check_snapshot(port_b);
  CHECK(time.events.next_deadline_ns().has_value());
}

}  // namespace
}  // namespace vireo::test
