#include "machine/devices/pflash.h"

#include <algorithm>
#include <random>

#include "tests/unit/devices/chip_test.h"

namespace vireo::test {
namespace {

constexpr uint64_t kSize = 3 * Pflash::kBlock, kSecond = Pflash::kBlock;

struct PflashBench {
  std::vector<std::byte> array = std::vector<std::byte>(kSize, std::byte{0xff});
  std::vector<bool> modes;
  uint64_t stored = 0;
  bool disk_works = true, admitted = true;
  Pflash chip;

  explicit PflashBench(bool read_only = false) : chip("flash", wiring(read_only)) {}

  PflashWiring wiring(bool read_only) {
    return {array, read_only, [this] { return admitted; },
            [this](bool shows) { modes.push_back(shows); },
            [this](uint64_t, uint64_t length) {
              stored += length;
              return disk_works;
            }};
  }
  void write(uint64_t at, std::initializer_list<unsigned> bytes) {
    for (const unsigned byte : bytes) chip.write(at, 1, byte);
  }
  uint8_t status() {
    write(0, {0x70});
    return in(chip, 0);
  }
  uint8_t byte(uint64_t at) {
    write(0, {0xff});
    return in(chip, at);
  }
  void erase(uint64_t at) { write(at, {0x20, 0xd0}); }
};

struct ReadOnlyBench : PflashBench {
  ReadOnlyBench() : PflashBench(true) {}
};

TEST_CASE_FIXTURE(PflashBench, "a flash chip shows its array until a command, and tells so") {
  array[5] = std::byte{0x12};
  CHECK(chip.shows_array());
  CHECK(chip.read(4, 4) == 0xffff12ff);
  write(0, {0x70});
  CHECK_FALSE(chip.shows_array());
  CHECK(chip.read(4, 2) == 0x8080);
  write(0, {0x70, 0xff, 0xff});
  CHECK(chip.read(5, 1) == 0x12);
  CHECK(modes == std::vector<bool>{false, true});
}

TEST_CASE_FIXTURE(PflashBench, "a flash chip is told from ROM and RAM as OVMF does it") {
  array[0] = std::byte{0x13};
  write(0, {0x50});
  CHECK(in(chip, 0) == 0x13);
  write(0, {0x70});
  CHECK(in(chip, 0) == 0x00);
  write(0, {0xff});
  CHECK(in(chip, 0) == 0x13);
}

TEST_CASE_FIXTURE(PflashBench, "programming clears bits, a block's erasure sets them") {
  write(kSecond, {0x40, 0xf0});
  CHECK(in(chip, 0) == Pflash::kReady);
  write(kSecond, {0x10, 0x3c});
  CHECK(byte(kSecond) == 0x30);
  chip.write(kSecond + 8, 1, 0x40);
  chip.write(kSecond + 8, 4, 0x04030201);
  write(0, {0xff});
  CHECK(chip.read(kSecond + 8, 4) == 0x04030201);
  array[kSecond - 1] = array[2 * kSecond] = std::byte{0x55};
  erase(kSecond + 9);
  CHECK(status() == Pflash::kReady);
  CHECK(byte(kSecond) == 0xff);
  CHECK(byte(kSecond + 11) == 0xff);
  CHECK(byte(kSecond - 1) == 0x55);
  CHECK(byte(2 * kSecond) == 0x55);
  CHECK(stored == 1 + 1 + 4 + Pflash::kBlock);
}

TEST_CASE_FIXTURE(PflashBench, "the write buffer is programmed once it is confirmed") {
  write(0x100, {0xe8});
  CHECK(in(chip, 0x100) == Pflash::kReady);
  write(0x100, {3});
  chip.write(0x100, 2, 0x2211);
  chip.write(0x102, 2, 0x4433);
  CHECK(stored == 0);
  write(0x100, {0xd0});
  CHECK(stored == 4);
  write(0, {0xff});
  CHECK(chip.read(0x100, 4) == 0x44332211);
}

TEST_CASE_FIXTURE(PflashBench, "the whole write buffer holds 256 bytes") {
  write(0x100, {0xe8, 0xff});
  for (unsigned i = 0; i < 256; ++i) chip.write(0x100 + i, 1, i);
  write(0x100, {0xd0});
  CHECK(status() == Pflash::kReady);
  CHECK(byte(0x1fe) == 0xfe);
}

TEST_CASE_FIXTURE(PflashBench, "what is no sequence of commands changes nothing and shows errors") {
  constexpr uint8_t kBoth = Pflash::kReady | Pflash::kProgramError | Pflash::kEraseError;
  write(0, {0x20, 0xff});
  CHECK(status() == kBoth);
  write(0, {0x50, 0xe8, 1});
  chip.write(0, 1, 0);
  chip.write(9, 1, 0);
  CHECK(status() == kBoth);
  write(0, {0x50, 0xe8, 0, 0x11, 0x22});
  CHECK(status() == kBoth);
  write(0, {0x50, 0x60, 0x33});
  CHECK(status() == kBoth);
  CHECK(stored == 0);
}

TEST_CASE_FIXTURE(PflashBench, "a buffer that would run past the chip's end is refused") {
  write(kSize - 1, {0xe8, 1});
  chip.write(kSize - 1, 1, 0);
  chip.write(kSize, 1, 0);
  write(0, {0xd0});
  CHECK(status() == (Pflash::kReady | Pflash::kProgramError));
  CHECK(byte(kSize - 1) == 0xff);
}

TEST_CASE_FIXTURE(PflashBench, "a locked block refuses both until it is unlocked") {
  write(kSecond, {0x60, 0x01});
  write(kSecond, {0x90});
  CHECK(in(chip, kSecond + 2) == 1);
  CHECK(in(chip, 2) == 0);
  write(kSecond, {0x40, 0x00});
  CHECK(status() == (Pflash::kReady | Pflash::kProgramError | Pflash::kLocked));
  write(0, {0x50});
  erase(kSecond);
  CHECK(status() == (Pflash::kReady | Pflash::kEraseError | Pflash::kLocked));
  write(0, {0x50, 0x40, 0x00});
  CHECK(byte(0) == 0x00);
  write(kSecond, {0x60, 0xd0, 0x40, 0x00});
  CHECK(byte(kSecond) == 0x00);
}

TEST_CASE_FIXTURE(PflashBench, "the identifier and the query tell what chip it is") {
  write(0, {0x90});
  CHECK(chip.read(0, 2) == 0x1889);
  write(0, {0x98});
  CHECK(chip.read(0x10, 4) == 0x01595251);  // "QRY", Intel's commands
  CHECK(in(chip, 0x27) == 14);
  CHECK(in(chip, 0x2a) == 8);
  CHECK(chip.read(0x2c, 4) == 0x10000201);  // one region, of three blocks of 16 * 256 bytes
  CHECK(chip.read(kSecond + 0x31, 4) == 0x31495250);  // "PRI1"
  CHECK(in(chip, 0) == 0);
}

TEST_CASE_FIXTURE(PflashBench, "an image that cannot be written shows as an error") {
  disk_works = false;
  write(0, {0x40, 0x00});
  CHECK(status() == (Pflash::kReady | Pflash::kProgramError));
  write(0, {0x50});
  erase(0);
  CHECK(status() == (Pflash::kReady | Pflash::kEraseError));
}

TEST_CASE_FIXTURE(ReadOnlyBench, "a read-only chip refuses by its status") {
  write(0, {0x40, 0x00});
  CHECK(status() == (Pflash::kReady | Pflash::kProgramError));
  write(0, {0x50});
  erase(0);
  CHECK(status() == (Pflash::kReady | Pflash::kEraseError));
  CHECK(byte(0) == 0xff);
  CHECK(stored == 0);
}

TEST_CASE_FIXTURE(PflashBench, "who may not command the chip finds its array and changes nothing") {
  array[0] = array[0x10] = std::byte{0x0f};
  write(0, {0x40});
  admitted = false;
  write(0x10, {0x01});
  CHECK(in(chip, 0) == 0x0f);
  admitted = true;
  CHECK(in(chip, 0) == 0x80);  // amid the command, as before
  write(0x10, {0x05});
  CHECK(byte(0x10) == 0x05);
  CHECK(stored == 1);
}

TEST_CASE_FIXTURE(PflashBench, "a reset leaves commands and locks, but not the content") {
  write(0, {0x40, 0x12, 0x60, 0x01, 0xe8, 0x07});
  chip.reset();
  chip.reset_outputs();
  CHECK(modes.back());
  CHECK(byte(0) == 0x12);
  write(0, {0x40, 0x02});
  CHECK(byte(0) == 0x02);
}

TEST_CASE_FIXTURE(PflashBench, "a flash chip is saved with its content, amid a command") {
  write(0, {0x40, 0x12});
  write(kSecond, {0x60, 0x01});
  write(0x10, {0xe8, 2, 0x21});
  check_snapshot(chip);
  const auto before = saved(chip);
  chip.reset();
  erase(0);
  Archive archive = Archive::loader(before);
  chip.visit(archive);
  chip.reset_outputs();
  CHECK_FALSE(modes.back());
  chip.write(0x11, 1, 0x22);
  chip.write(0x12, 1, 0x23);
  write(0, {0xd0, 0xff});
  CHECK(chip.read(0x10, 4) == 0xff232221);
  CHECK(byte(0) == 0x12);
}

TEST_CASE_FIXTURE(PflashBench, "a flash chip survives any stores, and sets bits by blocks") {
  constexpr unsigned kCodes[] = {0x10, 0x20, 0x40, 0x50, 0x60, 0x70,
                                 0x90, 0x98, 0xd0, 0xe8, 0xff, 0x01};
  std::mt19937 numbers(1);
  for (unsigned i = 0; i < 20'000; ++i) {
    const unsigned size = 1u << numbers() % 4;
    const uint64_t at = numbers() % (kSize - size + 1);
    const auto before = array;
    stored = 0;
    chip.write(at, size, numbers() % 4 != 0 ? kCodes[numbers() % std::size(kCodes)] : numbers());
    (void)chip.read(numbers() % (kSize - 7), 8);
    if (stored == 0) CHECK(array == before);
    const auto no_new_bits = [](std::byte now, std::byte then) {
      return (now & ~then) == std::byte{0};
    };
    const bool erased = stored == Pflash::kBlock;
    CHECK((erased || std::equal(array.begin(), array.end(), before.begin(), no_new_bits)));
    if (i % 500 == 0) check_snapshot(chip);
  }
}

TEST_CASE_FIXTURE(PflashBench, "a damaged saved chip is refused") {
  auto bytes = saved(chip);
  for (size_t at = 0; at < 2; ++at) {
    auto bad = bytes;
    bad[at] = std::byte{0x77};
    Archive archive = Archive::loader(bad);
    chip.visit(archive);
    CHECK_FALSE(archive.ok());
  }
  auto bad = bytes;
  bad[3 + Pflash::kBufferBytes + 7] = std::byte{1};  // the buffer's address
  Archive archive = Archive::loader(bad);
  chip.visit(archive);
  CHECK_FALSE(archive.ok());
}

}  // namespace
}  // namespace vireo::test
