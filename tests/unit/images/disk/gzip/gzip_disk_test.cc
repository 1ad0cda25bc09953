// Disks in gzip files: any offset is read, and nothing but gzip files.
#include "images/disk/gzip/gzip_disk.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "images/disk/open_image.h"
#include "tests/unit/images/disk/gzip/packed.h"
#include "tests/unit/images/disk/memory_file.h"

namespace vireo {
namespace {

bool go_on(double) { return true; }

Result<std::unique_ptr<GzipDisk>> open_packed(const std::string& packed) {
  return GzipDisk::open(std::make_unique<MemoryFile>(memory_state(packed)), go_on);
}

std::string error_of(const std::string& packed) {
  const auto disk = open_packed(packed);
  return disk ? "no error" : disk.error().message;
}

std::string part_of(BlockBackend& disk, uint64_t offset, size_t length) {
  std::string out(length, '?');
  const auto done = disk.read(offset, std::as_writable_bytes(std::span(out)));
  return done ? out : done.error().message;
}

// In the middle, at the end, back to the beginning, across the edges of pieces and places.
void check_reads(BlockBackend& disk, const std::string& text) {
  REQUIRE(disk.size() == text.size());
  uint32_t noise = 7;
  for (int i = 0; i < 60; ++i) {
    noise = noise * 1664525 + 1013904223;
    const uint64_t offset = noise % text.size();
    const uint64_t length = std::min<uint64_t>((noise >> 5) % 150'000, text.size() - offset);
    CHECK(part_of(disk, offset, length) == text.substr(offset, length));
  }
  for (uint64_t at = 0; at < text.size(); at += 100'000) {
    const uint64_t length = std::min<uint64_t>(100'000, text.size() - at);
    CHECK(part_of(disk, at, length) == text.substr(at, length));
  }
}

TEST_CASE("a packed disk is read at any offset, however it was packed") {
  const std::string text = mixed_text(5 << 20, 1);
  const int levels[] = {0, 1, 9};
  for (const int level : levels) {
    auto disk = open_packed(gzip_packed(text, level));
    REQUIRE(disk);
    check_reads(**disk, text);
  }
  auto fixed = open_packed(gzip_packed(text, 6, Z_FIXED));
  REQUIRE(fixed);
  check_reads(**fixed, text);
}

TEST_CASE("one block of zeros may be larger than the distance of two places") {
  const std::string text(20 << 20, '\0');
  auto disk = open_packed(gzip_packed(text, 9));
  REQUIRE(disk);
  CHECK(part_of(**disk, (15 << 20) + 17, 3) == std::string(3, '\0'));
  CHECK(part_of(**disk, 5 << 20, 3) == std::string(3, '\0'));
}

TEST_CASE("members follow each other, large ones and those of a block each") {
  const std::string large = mixed_text(3 << 20, 2);
  std::string text = large, packed = gzip_packed(large);
  for (uint32_t i = 0; i < 100; ++i) {
    const std::string small = mixed_text(65280, i);
    text += small;
    packed += gzip_packed(small);
  }
  auto disk = open_packed(packed + gzip_packed("") + "what is no member is not looked at");
  REQUIRE(disk);
  check_reads(**disk, text);
}

TEST_CASE("places become fewer where a disk is large") {
  const std::string part = gzip_packed(std::string(600 << 10, 'x'));
  std::string packed;
  for (int i = 0; i < 3000; ++i) packed += part;
  MemoryFile file(memory_state(packed));
  const auto index = gzip::Index::make(file, go_on);
  REQUIRE(index);
  CHECK(index->size() == uint64_t{3000} * (600 << 10));
  CHECK(index->places() <= gzip::Index::kMostPlaces);
  CHECK(index->places() > gzip::Index::kMostPlaces / 4);
  CHECK(index->before(index->size() - 1).unpacked + (8 << 20) > index->size());
}

TEST_CASE("damage is found when the file is opened, and told with its place") {
  const std::string good = gzip_packed(mixed_text(64 << 10, 3));
  CHECK(error_of("") == "disk.img: cut short: it ends within its packed bytes");
  CHECK(error_of("no gzip") == "disk.img: damaged at byte 2: incorrect header check");
  CHECK(error_of(good.substr(0, good.size() / 2)) ==
        "disk.img: cut short: it ends within its packed bytes");
  CHECK(error_of(good.substr(0, good.size() - 1)) ==
        "disk.img: cut short: it ends within its packed bytes");
  std::string wrong = good;
  wrong[wrong.size() - 7] ^= 1;
  CHECK(error_of(wrong).find(": incorrect data check") != std::string::npos);
  wrong = good;
  wrong[wrong.size() - 1] ^= 1;
  CHECK(error_of(wrong).find(": incorrect length check") != std::string::npos);
  CHECK(error_of(gzip_packed(std::string(700, 'x'))).find("holds 700 bytes, which is no disk") !=
        std::string::npos);
  CHECK(error_of(gzip_packed("")).find("holds 0 bytes") != std::string::npos);
}

TEST_CASE(
    "a file that changes under a disk is an error of the read, and the next one may be good") {
  const std::string text = mixed_text(4 << 20, 4);
  const auto state = memory_state(gzip_packed(text));
  auto disk = GzipDisk::open(std::make_unique<MemoryFile>(state), go_on);
  REQUIRE(disk);
  const std::vector<std::byte> whole = state->bytes;
  state->bytes.resize(whole.size() / 2);
  CHECK(part_of(**disk, (4 << 20) - 512, 512).find("disk.img: cut short") == 0);
  state->bytes = whole;
  CHECK(part_of(**disk, (4 << 20) - 512, 512) == text.substr((4 << 20) - 512));
}

TEST_CASE("whoever waits can give up") {
  MemoryFile file(memory_state(gzip_packed(mixed_text(9 << 20, 5), 0)));
  int asked = 0;
  const auto index = gzip::Index::make(file, [&](double done) {
    CHECK(done > 0);
    return ++asked < 2;
  });
  REQUIRE_FALSE(index);
  CHECK(asked == 2);
  CHECK(index.error().message == "disk.img: given up before all of it was read");
}

TEST_CASE("a packed disk is never written") {
  const auto state = memory_state(gzip_packed(std::string(1024, 'x')));
  auto disk = GzipDisk::open(std::make_unique<MemoryFile>(state), go_on);
  REQUIRE(disk);
  const std::vector<std::byte> bytes(512);
  CHECK((*disk)->read_only());
  CHECK_FALSE((*disk)->write(0, bytes));
  CHECK_FALSE((*disk)->discard(0, 512));
  CHECK_FALSE((*disk)->write_zeroes(0, 512, true));
  CHECK_FALSE((*disk)->resize(2048));
  std::vector<std::byte> some(100);
  CHECK_FALSE((*disk)->read(1000, some));
  CHECK(state->writes == 0);
  const auto opened = open_image("d", {.format = DiskFormat::kGzip}, [&](const auto&, bool) {
    return Result<std::unique_ptr<DiskFile>>(std::make_unique<MemoryFile>(state));
  });
  REQUIRE_FALSE(opened);
  CHECK(opened.error().message ==
        "d: a gzip image cannot be written; give snapshot=on or readonly=on");
}

}  // namespace
}  // namespace vireo
