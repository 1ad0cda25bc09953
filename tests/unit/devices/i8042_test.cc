#include "machine/devices/i8042.h"

#include "tests/unit/devices/chip_test.h"

namespace vireo::test {
namespace {

struct KeyboardFixture {
  TestSink sink;
  std::vector<bool> a20;
  int resets = 0;
  I8042 kbc{sink.line(1), sink.line(12), [this](bool open) { a20.push_back(open); },
            [this] { ++resets; }};

  void command(uint8_t value) { out(kbc.command_port(), 0, value); }
  void data(uint8_t value) { out(kbc.data_port(), 0, value); }
  uint8_t status() { return in(kbc.command_port(), 0); }
  uint8_t read() { return in(kbc.data_port(), 0); }
  void to_mouse(uint8_t value) {
    command(0xd4);
    data(value);
  }
  // Everything that waits, as a driver's interrupt handler would read it.
  std::vector<int> read_all() {
    std::vector<int> bytes;
    while ((status() & 1) != 0) bytes.push_back(read());
    return bytes;
  }
};

using Bytes = std::vector<int>;

TEST_CASE_FIXTURE(KeyboardFixture, "i8042 passes its self test and interface tests") {
  command(0xaa);
  CHECK(read_all() == Bytes{0x55});
  command(0xab);
  CHECK(read_all() == Bytes{0x00});
  command(0xa9);
  CHECK(read_all() == Bytes{0x00});
  CHECK((status() & 0x14) == 0x14);  // system flag, not locked
}

TEST_CASE_FIXTURE(KeyboardFixture, "i8042 command byte can be read and written") {
  command(0x20);
  CHECK(read() == 0x65);
  command(0x60);
  CHECK((status() & 0x08) != 0);
  data(0x47);
  CHECK((status() & 0x08) == 0);
  command(0x20);
  CHECK(read() == 0x47);
}

TEST_CASE_FIXTURE(KeyboardFixture, "i8042 switches its ports through the command byte") {
  command(0xa8);
  command(0xad);
  command(0x20);
  CHECK((read() & 0x30) == 0x10);
  command(0xa7);
  command(0xae);
  command(0x20);
  CHECK((read() & 0x30) == 0x20);
}

TEST_CASE_FIXTURE(KeyboardFixture, "i8042 loops a byte back as mouse data with IRQ 12") {
  command(0x60);
  data(0x47);
  command(0xd3);
  data(0xa5);
  CHECK((status() & 0x21) == 0x21);
  CHECK(sink.level[12]);
  CHECK(read() == 0xa5);
  CHECK_FALSE(sink.level[12]);
  command(0xd2);
  data(0x12);
  CHECK((status() & 0x21) == 0x01);
  CHECK(sink.level[1]);
}

TEST_CASE_FIXTURE(KeyboardFixture, "keyboard answers identify, reset and LED commands") {
  command(0x60);
  data(0x05);  // no translation
  data(0xf2);
  CHECK(read_all() == Bytes{0xfa, 0xab, 0x83});
  data(0xff);
  CHECK(read_all() == Bytes{0xfa, 0xaa});
  data(0xed);
  data(0x02);
  CHECK(read_all() == Bytes{0xfa, 0xfa});
  CHECK(kbc.leds() == 2);
  data(0xf0);
  data(0x00);
  CHECK(read_all() == Bytes{0xfa, 0xfa, 0x02});
  data(0xee);
  CHECK(read_all() == Bytes{0xee});
  data(0xfe);
  CHECK(read_all() == Bytes{0xee});
  data(0x01);
  CHECK(read_all() == Bytes{0xfe});
}

TEST_CASE_FIXTURE(KeyboardFixture, "keyboard raises one edge of IRQ 1 for each byte") {
  data(0xf2);
  CHECK(sink.edges[1] == 1);
  read();
  CHECK(sink.edges[1] == 2);
  read();
  read();
  CHECK(sink.edges[1] == 3);
  CHECK_FALSE(sink.level[1]);
}

TEST_CASE_FIXTURE(KeyboardFixture, "i8042 translates scan codes to set 1") {
  const std::array<uint8_t, 3> press_release_a{0x1c, 0xf0, 0x1c};
  CHECK(kbc.type(press_release_a));
  CHECK(read_all() == Bytes{0x1e, 0x9e});
  const std::array<uint8_t, 3> release_right{0xe0, 0xf0, 0x74};
  CHECK(kbc.type(release_right));
  CHECK(read_all() == Bytes{0xe0, 0xcd});
}

// A driver without translation chooses the set: command F0 and its number.
struct ScanSetFixture : KeyboardFixture {
  ScanSetFixture() {
    command(0x60);
    data(0x01);  // no translation
  }
  void choose(uint8_t set) {
    data(0xf0);
    data(set);
    CHECK(read_all() == Bytes{0xfa, 0xfa});
  }
  template <size_t N>
  Bytes typed(const uint8_t (&codes)[N]) {
    CHECK(kbc.type(codes));
    return read_all();
  }
};

constexpr uint8_t kPressReleaseA[]{0x1c, 0xf0, 0x1c};
constexpr uint8_t kPressReleaseRight[]{0xe0, 0x74, 0xe0, 0xf0, 0x74};
constexpr uint8_t kPressReleaseShift[]{0x12, 0xf0, 0x12};
constexpr uint8_t kPause[]{0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77};

TEST_CASE_FIXTURE(ScanSetFixture,
                  "keyboard tells keys in set 2 after a reset and in set 1 if asked") {
  CHECK(typed(kPressReleaseA) == Bytes{0x1c, 0xf0, 0x1c});
  choose(1);
  CHECK(typed(kPressReleaseA) == Bytes{0x1e, 0x9e});
  CHECK(typed(kPressReleaseRight) == Bytes{0xe0, 0x4d, 0xe0, 0xcd});
  CHECK(typed(kPause) == Bytes{0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5});
  data(0xf0);
  data(0);
  CHECK(read_all() == Bytes{0xfa, 0xfa, 1});
  data(0xff);
  CHECK(read_all() == Bytes{0xfa, 0xaa});
  CHECK(typed(kPressReleaseA) == Bytes{0x1c, 0xf0, 0x1c});
}

TEST_CASE_FIXTURE(ScanSetFixture,
                  "keyboard has one byte for each key in set 3, and releases if asked") {
  choose(3);
  CHECK(typed(kPressReleaseA) == Bytes{0x1c});
  CHECK(typed(kPressReleaseRight) == Bytes{0x6a});
  CHECK(typed(kPressReleaseShift) == Bytes{0x12, 0xf0, 0x12});
  CHECK(typed(kPause) == Bytes{0x62});
  data(0xf8);
  CHECK(read_all() == Bytes{0xfa});
  CHECK(typed(kPressReleaseA) == Bytes{0x1c, 0xf0, 0x1c});
  CHECK(typed(kPressReleaseRight) == Bytes{0x6a, 0xf0, 0x6a});
  data(0xf9);
  CHECK(read_all() == Bytes{0xfa});
  CHECK(typed(kPressReleaseA) == Bytes{0x1c});
}

TEST_CASE_FIXTURE(KeyboardFixture,
                  "keyboard loses keys while disabled or full, never half of one") {
  const std::array<uint8_t, 2> key{0xe0, 0x74};
  data(0xf5);
  read_all();
  CHECK_FALSE(kbc.type(key));
  data(0xf4);
  read_all();
  int taken = 0;
  while (taken < 100 && kbc.type(key)) ++taken;
  CHECK(taken == 16);
  CHECK(read_all().size() == 32);
}

TEST_CASE_FIXTURE(KeyboardFixture, "mouse is reset, identified and reports movement") {
  command(0x60);
  data(0x47);
  to_mouse(0xff);
  CHECK(read_all() == Bytes{0xfa, 0xaa, 0x00});
  to_mouse(0xf2);
  CHECK(read_all() == Bytes{0xfa, 0x00});
  kbc.move_mouse(1, 1, 0);
  CHECK(read_all().empty());
  to_mouse(0xf4);
  CHECK(read_all() == Bytes{0xfa});
  kbc.move_mouse(4, -5, 1);
  CHECK(sink.level[12]);
  CHECK((status() & 0x20) != 0);
  CHECK(read_all() == Bytes{0x29, 5, 0xfc});
}

TEST_CASE_FIXTURE(KeyboardFixture, "mouse tells its settings") {
  to_mouse(0xf3);
  to_mouse(40);
  to_mouse(0xe8);
  to_mouse(3);
  to_mouse(0xe7);
  read_all();
  to_mouse(0xe9);
  CHECK(read_all() == Bytes{0xfa, 0x10, 3, 40});
  to_mouse(0xf6);
  to_mouse(0xe9);
  CHECK(read_all() == Bytes{0xfa, 0xfa, 0x00, 2, 100});
}

TEST_CASE_FIXTURE(KeyboardFixture, "mouse movement is bounded whatever is fed") {
  to_mouse(0xf4);
  read_all();
  for (int i = 0; i < 100; ++i) kbc.move_mouse(INT32_MAX, INT32_MIN, 0xff);
  CHECK(read_all().size() == 33);
}

TEST_CASE_FIXTURE(KeyboardFixture, "i8042 answer waits for the byte before it") {
  data(0xee);
  command(0xaa);
  CHECK(read_all() == Bytes{0xee, 0x55});
}

TEST_CASE_FIXTURE(KeyboardFixture, "i8042 controls A20 and the reset line") {
  command(0xd1);
  data(0xdd);
  command(0xdf);
  CHECK(a20 == std::vector<bool>{false, true});
  CHECK(resets == 0);
  command(0xd0);
  CHECK(read() == 0xdf);
  command(0xff);
  CHECK(resets == 0);
  command(0xfe);
  CHECK(resets == 1);
  command(0xd1);
  data(0x02);
  CHECK(resets == 2);
}

TEST_CASE_FIXTURE(KeyboardFixture, "i8042 takes any sequence of commands") {
  for (int first = 0; first < 256; ++first) {
    command(static_cast<uint8_t>(first));
    data(static_cast<uint8_t>(first));
    to_mouse(static_cast<uint8_t>(first));
    read();
  }
  CHECK((status() & 0x10) != 0);
}

TEST_CASE_FIXTURE(KeyboardFixture, "i8042 snapshot") {
  command(0x60);
  data(0x47);
  data(0xf2);
  to_mouse(0xf4);
  data(0xed);
  command(0xd4);
  check_snapshot(kbc);
  data(0xf2);
  CHECK(read() == 0xfa);
}

TEST_CASE_FIXTURE(KeyboardFixture, "mouse has a wheel for drivers that knock three times") {
  to_mouse(0xf2);
  CHECK(read_all() == Bytes{0xfa, 0x00});
  for (const uint8_t rate : {200, 200, 100, 80}) {
    to_mouse(0xf3);
    to_mouse(rate);
    CHECK(read_all() == Bytes{0xfa, 0xfa});
  }
  to_mouse(0xf2);
  CHECK(read_all() == Bytes{0xfa, 0x03});
  to_mouse(0xf4);
  read_all();
  kbc.move_mouse(1, 2, 1, -3);
  CHECK(read_all() == Bytes{0x09, 1, 2, 0xfd});
  kbc.move_mouse(0, 0, 0, 9);
  CHECK(read_all() == Bytes{0x08, 0, 0, 7});
  kbc.move_mouse(0, 0, 0);
  CHECK(read_all() == Bytes{0x08, 0, 0, 2});
  check_snapshot(kbc);
  to_mouse(0xff);
  CHECK(read_all() == Bytes{0xfa, 0xaa, 0x00});
}

}  // namespace
}  // namespace vireo::test
