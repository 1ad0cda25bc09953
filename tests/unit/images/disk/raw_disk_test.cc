#include <doctest/doctest.h>

#include <array>
#include <string>

#include "images/disk/disk.h"
#include "tests/unit/images/disk/memory_file.h"

namespace vireo {
namespace {

using State = std::shared_ptr<MemoryFile::State>;

Result<std::unique_ptr<BlockBackend>> make(const State& state, const RawDiskOptions& options = {}) {
  return make_raw_disk(std::make_unique<MemoryFile>(state), options);
}

std::string error_of(const std::string& content, const RawDiskOptions& options = {}) {
  const auto disk = make(memory_state(content), options);
  return disk.ok() ? "no error" : disk.error().message;
}

constexpr std::array<std::byte, 512> kSector{};

TEST_CASE("a raw disk is its file") {
  const State state = memory_state(std::string(1024, 'a'));
  auto disk = make(state);
  REQUIRE(disk.ok());
  CHECK((*disk)->size() == 1024);
  CHECK_FALSE((*disk)->read_only());
  CHECK((*disk)->description() == "disk.img");
  CHECK((*disk)->write(512, kSector).ok());
  std::array<std::byte, 2> out;
  CHECK((*disk)->read(511, out).ok());
  CHECK(out[0] == std::byte{'a'});
  CHECK(out[1] == std::byte{0});
}

TEST_CASE("a size that is no multiple of 512 names the cure") {
  CHECK(error_of(std::string(513, 'a')) ==
        "disk.img: size 513 is no multiple of 512; pad it with: truncate -s %512 disk.img");
}

TEST_CASE("an empty file names the cure") {
  CHECK(error_of("") == "disk.img: is empty; give it a size with: truncate -s 1G disk.img");
}

TEST_CASE("another format is refused unless the user says raw") {
  std::string content(1024, '\0');
  content.replace(0, 4, "QFI\xfb");
  CHECK(error_of(content).find("looks like a qcow2 image") != std::string::npos);
  CHECK(error_of(content, {false, FlushPolicy::kOnFlush, true}) == "no error");
}

TEST_CASE("a format's mark further on is found, in short files too") {
  std::string content(512, '\0');
  content.replace(0x40, 4, "\x7f\x10\xda\xbe");
  CHECK(error_of(content).find("looks like a vdi image") != std::string::npos);
  CHECK(error_of("QFI\xfb").find("looks like a qcow2 image") != std::string::npos);
}

TEST_CASE("the flush policy decides what reaches stable storage when") {
  const State on_flush = memory_state(std::string(512, 'a'));
  auto writeback = make(on_flush);
  REQUIRE(writeback.ok());
  CHECK((*writeback)->write(0, kSector).ok());
  CHECK(on_flush->syncs == 0);
  CHECK((*writeback)->flush().ok());
  CHECK(on_flush->syncs == 1);
}

TEST_CASE("write-through syncs each write and each zeroing") {
  const State state = memory_state(std::string(512, 'a'));
  auto disk = make(state, {false, FlushPolicy::kEveryWrite, false});
  REQUIRE(disk.ok());
  CHECK((*disk)->write(0, kSector).ok());
  CHECK((*disk)->write_zeroes(0, 512, true).ok());
  CHECK(state->syncs == 2);
}

TEST_CASE("unsafe never syncs") {
  const State state = memory_state(std::string(512, 'a'));
  auto disk = make(state, {false, FlushPolicy::kNever, false});
  REQUIRE(disk.ok());
  CHECK((*disk)->write(0, kSector).ok());
  CHECK((*disk)->flush().ok());
  CHECK(state->syncs == 0);
}

TEST_CASE("a read-only disk refuses every change") {
  const State state = memory_state(std::string(512, 'a'));
  auto disk = make(state, {true, FlushPolicy::kOnFlush, false});
  REQUIRE(disk.ok());
  CHECK((*disk)->read_only());
  CHECK_FALSE((*disk)->write(0, kSector).ok());
  CHECK_FALSE((*disk)->discard(0, 512).ok());
  CHECK_FALSE((*disk)->write_zeroes(0, 512, false).ok());
  CHECK((*disk)->flush().ok());
  CHECK(state->bytes == memory_state(std::string(512, 'a'))->bytes);
}

TEST_CASE("ranges beyond the end are refused and do not grow the file") {
  const State state = memory_state(std::string(512, 'a'));
  auto disk = make(state);
  REQUIRE(disk.ok());
  std::array<std::byte, 1> byte;
  CHECK_FALSE((*disk)->write(512, kSector).ok());
  CHECK_FALSE((*disk)->read(512, byte).ok());
  CHECK_FALSE((*disk)->discard(UINT64_MAX, 2).ok());
  CHECK((*disk)->read(512, {}).ok());
  CHECK(state->bytes.size() == 512);
}

}  // namespace
}  // namespace vireo
