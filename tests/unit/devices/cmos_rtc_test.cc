#include "machine/devices/cmos_rtc.h"

#include "tests/unit/devices/chip_test.h"

namespace vireo::test {
namespace {

// 2024-02-28 23:59:58, a Wednesday.
constexpr int64_t kStart = 1709164798;

enum : uint8_t { kA = 0x0a, kB = 0x0b, kC = 0x0c, kD = 0x0d };

struct RtcFixture {
  TestTime time;
  TestSink sink;
  CmosRtc rtc{CmosRtcConfig{kStart}, time.events, sink.line(8)};

  uint8_t read(uint8_t index) {
    out(rtc.ports(), 0, index);
    return in(rtc.ports(), 1);
  }
  void write(uint8_t index, uint8_t value) {
    out(rtc.ports(), 0, index);
    out(rtc.ports(), 1, value);
  }
  bool irq() const { return sink.level[8]; }
};

TEST_CASE_FIXTURE(RtcFixture, "rtc shows its start time in BCD") {
  CHECK(read(0x32) == 0x20);
  CHECK(read(0x09) == 0x24);
  CHECK(read(0x08) == 0x02);
  CHECK(read(0x07) == 0x28);
  CHECK(read(0x06) == 4);
  CHECK(read(0x04) == 0x23);
  CHECK(read(0x02) == 0x59);
  CHECK(read(0x00) == 0x58);
  CHECK(read(kD) == 0x80);
}

TEST_CASE_FIXTURE(RtcFixture, "rtc follows virtual time over a leap day") {
  time.advance(2 * kSecond);
  CHECK(read(0x07) == 0x29);
  CHECK(read(0x08) == 0x02);
  CHECK(read(0x04) == 0x00);
  CHECK(read(0x06) == 5);
}

TEST_CASE_FIXTURE(RtcFixture, "rtc shows binary and 12-hour formats") {
  write(kB, 0x06);
  CHECK(read(0x02) == 59);
  write(kB, 0x04);
  CHECK(read(0x04) == 0x8b);
  write(kB, 0x00);
  CHECK(read(0x04) == 0x91);
  time.advance(2 * kSecond);
  CHECK(read(0x04) == 0x12);  // midnight
}

TEST_CASE_FIXTURE(RtcFixture, "rtc is set as Linux sets it") {
  write(kB, 0x82);
  write(kA, 0x76);
  write(0x09, 0x30);
  write(0x08, 0x07);
  write(0x07, 0x15);
  write(0x04, 0x10);
  write(0x02, 0x20);
  write(0x00, 0x30);
  write(0x32, 0x20);
  time.advance(5 * kSecond);
  CHECK(read(0x00) == 0x30);  // held
  write(kB, 0x02);
  write(kA, 0x26);
  time.advance(499 * kMillisecond);
  CHECK(read(0x00) == 0x30);
  time.advance(kMillisecond);  // half a second after the divider's release
  CHECK(read(0x00) == 0x31);
  CHECK(read(0x09) == 0x30);
  CHECK(read(0x04) == 0x10);
}

TEST_CASE_FIXTURE(RtcFixture, "rtc registers can be written while it runs") {
  write(0x07, 0x01);
  write(0x06, 7);
  CHECK(read(0x07) == 0x01);
  CHECK(read(0x06) == 7);
  time.advance(2 * kSecond);
  CHECK(read(0x07) == 0x02);
  CHECK(read(0x06) == 1);
}

TEST_CASE_FIXTURE(RtcFixture, "rtc warns 244 us before an update") {
  time.advance(kSecond - 245 * kMicrosecond);
  CHECK(read(kA) == 0x26);
  time.advance(kMicrosecond);
  CHECK(read(kA) == 0xa6);
  time.advance(244 * kMicrosecond);
  CHECK(read(kA) == 0x26);
}

TEST_CASE_FIXTURE(RtcFixture, "rtc update interrupt comes each second") {
  write(kB, 0x12);
  time.advance(kSecond - 1);
  CHECK_FALSE(irq());
  time.advance(1);
  CHECK(irq());
  CHECK((read(kC) & 0x90) == 0x90);
  CHECK_FALSE(irq());
  CHECK((read(kC) & 0x90) == 0x00);
  time.advance(kSecond);
  CHECK(irq());
}

TEST_CASE_FIXTURE(RtcFixture, "rtc periodic interrupt has the rate of register A") {
  write(kA, 0x26);  // 1024 Hz
  write(kB, 0x42);
  for (int i = 0; i < 1024; ++i) {
    time.advance(kSecond / 1024 + 1);
    read(kC);
  }
  CHECK(sink.edges[8] == 1024);
  write(kA, 0x20);
  time.advance(kSecond);
  CHECK(sink.edges[8] == 1024);
}

TEST_CASE_FIXTURE(RtcFixture, "rtc alarm matches with wildcards") {
  write(0x05, 0x00);
  write(0x03, 0xff);
  write(0x01, 0x05);
  write(kB, 0x22);
  time.advance(6 * kSecond);
  CHECK_FALSE(irq());
  time.advance(kSecond);  // 00:00:05
  CHECK((read(kC) & 0xa0) == 0xa0);
  time.advance(60 * kSecond);  // 00:01:05
  CHECK((read(kC) & 0xa0) == 0xa0);
}

TEST_CASE_FIXTURE(RtcFixture, "rtc alarm that never matches schedules nothing") {
  write(0x05, 0x45);
  write(kB, 0x22);
  CHECK_FALSE(time.events.next_deadline_ns().has_value());
}

TEST_CASE_FIXTURE(RtcFixture, "rtc flags are set although nobody waits, and cost no event") {
  write(0x05, 0x00);
  write(0x03, 0x00);
  write(0x01, 0x00);
  read(kC);
  CHECK_FALSE(time.events.next_deadline_ns().has_value());
  time.advance(3 * kSecond);
  CHECK(read(kC) == 0x70);
  CHECK(read(kC) == 0x00);
}

TEST_CASE_FIXTURE(RtcFixture, "rtc SET stops updates and clears their interrupt") {
  write(kB, 0x92);
  CHECK(read(kB) == 0x82);
  time.advance(5 * kSecond);
  CHECK(read(0x00) == 0x58);
  CHECK((read(kC) & 0x10) == 0);
}

TEST_CASE_FIXTURE(RtcFixture, "rtc keeps CMOS RAM and time over a reset") {
  rtc.set_nvram(0x34, 0x12);
  rtc.set_nvram(kB, 0xff);  // not RAM
  write(0x50, 0x77);
  write(kB, 0x42);
  time.advance(kSecond);
  rtc.reset();
  rtc.reset_outputs();
  CHECK(read(0x34) == 0x12);
  CHECK(rtc.nvram(0x50) == 0x77);
  CHECK(read(kB) == 0x02);
  CHECK(read(0x00) == 0x59);
}

TEST_CASE_FIXTURE(RtcFixture, "rtc index ignores the NMI bit and cannot be read") {
  out(rtc.ports(), 0, 0x80 | 0x02);
  CHECK(in(rtc.ports(), 1) == 0x59);
  CHECK(in(rtc.ports(), 0) == 0xff);
}

TEST_CASE_FIXTURE(RtcFixture, "rtc snapshot") {
  write(kB, 0x72);
  write(0x07, 0x15);
  write(0x60, 0x11);
  time.advance(kSecond + 7);
  check_snapshot(rtc);
  CHECK(read(0x07) == 0x15);
}

}  // namespace
}  // namespace vireo::test
