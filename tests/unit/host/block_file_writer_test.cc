// Traces are written beside the run, and a full disk is told at the end.
#include "machine/host/block_file_writer.h"

#include <doctest/doctest.h>

#include "machine/host/stored_file.h"
#include "tests/unit/host/full_disk.h"
#include "tests/unit/host/temp_folder.h"

namespace vireo {
namespace {

TEST_CASE("what was written can be read, in order") {
  TempFolder folder;
  const std::string path = folder.path("t");
  auto writer = BlockFileWriter::create(path, "test", "-x");
  REQUIRE(writer);
  // Later ones are smaller, and sooner ready.
  for (uint8_t i = 0; i < 20; ++i) {
    (*writer)->write(std::vector<uint8_t>(size_t{1} << (20 - i), i), {i, 1});
  }
  CHECK((*writer)->finish().ok());
  auto file = StoredFile::open(path);
  REQUIRE(file);
  const auto reader = BlockFileReader::open(**file);
  REQUIRE(reader);
  REQUIRE((*reader)->blocks() == 20);
  CHECK((*reader)->read(13)->at(0) == 13);
  CHECK((*reader)->cut_short().empty());
}

TEST_CASE("a full disk is told, and costs nothing but the trace") {
  auto writer = BlockFileWriter::create("/dev/full", "test", "-x");
  CHECK_FALSE(writer);
  CHECK(writer.error().message.find("-x: ") == 0);
}

TEST_CASE("a disk that gets full leaves whole blocks, and none behind a gap") {
  TempFolder folder;
  const std::string path = folder.path("t");
  auto writer = BlockFileWriter::create(path, "test", "-x");
  REQUIRE(writer);
  std::vector<uint8_t> bytes(2000);
  uint32_t noise = 1;
  for (uint8_t& byte : bytes) {
    noise = noise * 1664525 + 1013904223;
    byte = static_cast<uint8_t>(noise >> 24);
  }
  constexpr uint64_t kTried = 5 + BlockFileWriter::kMostWaiting;
  {
    const testing::FullDisk disk(10'000);
    // So many that the fifth was tried while the disk is full.
    for (uint64_t i = 0; i < kTried; ++i) (*writer)->write(bytes, {i, 1});
  }
  for (uint64_t i = kTried; i < kTried + 8; ++i) (*writer)->write(bytes, {i, 1});
  const auto finished = (*writer)->finish();
  REQUIRE_FALSE(finished.ok());
  CHECK(finished.error().message.find("the trace is not complete: cannot write " + path) == 0);
  auto file = StoredFile::open(path);
  REQUIRE(file);
  const auto reader = BlockFileReader::open(**file);
  REQUIRE(reader);
  REQUIRE((*reader)->blocks() == 4);
  CHECK((*reader)->counts(3).first == 3);
  CHECK((*reader)->read(3).ok());
  CHECK((*reader)->cut_short().find("it ends early") != std::string::npos);
}

TEST_CASE("a folder is no file to write to, nor to read from") {
  TempFolder folder;
  CHECK_FALSE(BlockFileWriter::create(folder.folder(), "test", "-x"));
  CHECK_FALSE(StoredFile::open(folder.folder()));
  CHECK_FALSE(StoredFile::open(folder.path("nothing")));
}

}  // namespace
}  // namespace vireo
