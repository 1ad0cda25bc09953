#include "machine/host/image_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/unit/host/temp_folder.h"

namespace vireo {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string read_text(DiskFile& file, uint64_t offset, size_t length) {
  std::string text(length, '?');
  const auto done = file.read(offset, std::as_writable_bytes(std::span(text.data(), length)));
  return done.ok() ? text : done.error().message;
}

std::string open_error(const DiskFileSpec& spec) {
  const auto file = open_image_file(spec);
  return file.ok() ? "no error" : file.error().message;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("an image file reads back what was written and leaves it in the file") {
  TempFolder folder;
  const std::string path = folder.make("disk.img", std::string(1024, 'a'));
  {
    auto file = open_image_file({path, false, false});
    REQUIRE(file.ok());
    CHECK((*file)->size() == 1024);
    CHECK((*file)->description() == path);
    CHECK((*file)->write(512, bytes_of("hello")).ok());
    CHECK(read_text(**file, 511, 7) == "ahelloa");
    CHECK((*file)->sync().ok());
  }
  CHECK(folder.content("disk.img").substr(512, 5) == "hello");
}

TEST_CASE("a missing image is named with the option to look at") {
  TempFolder folder;
  const std::string message = open_error({folder.path("none.img"), false, false});
  CHECK(contains(message, "none.img: No such file or directory; check the path"));
  CHECK(folder.empty());
}

TEST_CASE("a folder and a device that is no disk are refused") {
  TempFolder folder;
  CHECK(contains(open_error({folder.folder(), false, false}), "neither a regular file"));
  CHECK(contains(open_error({"/dev/null", false, false}), "neither a regular file"));
}

TEST_CASE("a read-only image cannot be written") {
  TempFolder folder;
  const std::string path = folder.make("disk.img", std::string(512, 'a'));
  auto file = open_image_file({path, true, false});
  REQUIRE(file.ok());
  CHECK_FALSE((*file)->write(0, bytes_of("x")).ok());
  CHECK(folder.content("disk.img") == std::string(512, 'a'));
}

TEST_CASE("a file that was cut while open gives an error, not zeros") {
  TempFolder folder;
  const std::string path = folder.make("disk.img", std::string(1024, 'a'));
  auto file = open_image_file({path, false, false});
  REQUIRE(file.ok());
  std::filesystem::resize_file(path, 600);
  CHECK(contains(read_text(**file, 512, 512), "ends before byte 600"));
}

TEST_CASE("a second writer of an image is refused with a reason") {
  TempFolder folder;
  const std::string path = folder.make("disk.img", std::string(512, 'a'));
  const auto first = open_image_file({path, false, false});
  REQUIRE(first.ok());
  CHECK(contains(open_error({path, false, false}), "uses this disk"));
  CHECK(contains(open_error({path, true, false}), "writes this disk"));
}

TEST_CASE("readers share an image and keep writers out") {
  TempFolder folder;
  const std::string path = folder.make("disk.img", std::string(512, 'a'));
  const auto first = open_image_file({path, true, false});
  const auto second = open_image_file({path, true, false});
  CHECK(first.ok());
  CHECK(second.ok());
  CHECK(contains(open_error({path, false, false}), "uses this disk"));
}

TEST_CASE("an image is free again when its handle is gone") {
  TempFolder folder;
  const std::string path = folder.make("disk.img", std::string(512, 'a'));
  { const auto first = open_image_file({path, false, false}); }
  CHECK(open_error({path, false, false}) == "no error");
}

TEST_CASE("zeroed ranges read as zeros, with and without giving space back") {
  TempFolder folder;
  const std::string path = folder.make("disk.img", std::string(64 * 1024, 'a'));
  auto file = open_image_file({path, false, false});
  REQUIRE(file.ok());
  CHECK((*file)->zero(512, 8192, true).ok());
  CHECK((*file)->zero(32768, 1024, false).ok());
  CHECK((*file)->zero(0, 0, false).ok());
  CHECK(read_text(**file, 511, 3) == std::string("a\0\0", 3));
  CHECK(read_text(**file, 8703, 2) == std::string("\0a", 2));
  CHECK(read_text(**file, 33791, 2) == std::string("\0a", 2));
  CHECK(std::filesystem::file_size(path) == 64 * 1024);
}

TEST_CASE("discarding gives the file's space back and keeps its size") {
  TempFolder folder;
  const std::string path = folder.make("disk.img", std::string(1 << 20, 'a'));
  auto file = open_image_file({path, false, false});
  REQUIRE(file.ok());
  CHECK((*file)->sync().ok());
  CHECK((*file)->discard(0, 1 << 20).ok());
  CHECK(std::filesystem::file_size(path) == 1 << 20);
}

TEST_CASE("direct transfers of any alignment agree with the page cache") {
  TempFolder folder;
  const std::string path = folder.make("disk.img", std::string(12800, 'a'));
  auto file = open_image_file({path, false, true});
  if (!file.ok()) {
    CHECK(contains(file.error().message, "cache=writeback"));
    return;
  }
  CHECK((*file)->write(4096, bytes_of(std::string(4096, 'b'))).ok());
  CHECK((*file)->write(4608, bytes_of("middle")).ok());
  CHECK((*file)->write(12288, bytes_of(std::string(512, 'c'))).ok());
  CHECK(read_text(**file, 4096, 4096).substr(510, 8) == "bbmiddle");
  CHECK(read_text(**file, 12287, 2) == "ac");
  CHECK((*file)->sync().ok());
  CHECK(std::filesystem::file_size(path) == 12800);
}

TEST_CASE("a scratch file grows when written and has no name") {
  TempFolder folder;
  const char* former = std::getenv("TMPDIR");
  const std::string kept = former != nullptr ? former : "";
  ::setenv("TMPDIR", folder.folder().c_str(), 1);
  auto file = create_scratch_file();
  former != nullptr ? ::setenv("TMPDIR", kept.c_str(), 1) : ::unsetenv("TMPDIR");
  REQUIRE(file.ok());
  CHECK(folder.empty());
  CHECK((*file)->write(1 << 20, bytes_of("far")).ok());
  CHECK(read_text(**file, 1 << 20, 3) == "far");
}

TEST_CASE("a scratch folder that does not exist is named with the cure") {
  const char* former = std::getenv("TMPDIR");
  const std::string kept = former != nullptr ? former : "";
  ::setenv("TMPDIR", "/nonexistent", 1);
  const auto file = create_scratch_file();
  former != nullptr ? ::setenv("TMPDIR", kept.c_str(), 1) : ::unsetenv("TMPDIR");
  REQUIRE_FALSE(file.ok());
  CHECK(contains(file.error().message, "/nonexistent"));
  CHECK(contains(file.error().message, "TMPDIR"));
}

TEST_CASE("an image file takes another size, and new bytes are zeros") {
  TempFolder folder;
  const std::string path = folder.make("disk.img", std::string(1024, 'a'));
  auto file = open_image_file({path, false, false});
  REQUIRE(file.ok());
  REQUIRE((*file)->resize(2048).ok());
  CHECK((*file)->size() == 2048);
  CHECK(read_text(**file, 1023, 2) == std::string("a\0", 2));
  REQUIRE((*file)->resize(512).ok());
  CHECK(folder.content("disk.img").size() == 512);
}

TEST_CASE("an image file that shrank behind vireo's back gives errors, not bytes") {
  TempFolder folder;
  const std::string path = folder.make("disk.img", std::string(2048, 'a'));
  auto file = open_image_file({path, false, false});
  REQUIRE(file.ok());
  std::filesystem::resize_file(path, 1024);
  CHECK(read_text(**file, 512, 512) == std::string(512, 'a'));
  CHECK(contains(read_text(**file, 512, 1024), path));
  CHECK((*file)->write(1536, bytes_of("again")).ok());
}

TEST_CASE("a write through the page cache need not wait, and what reaches the disk may have to") {
  TempFolder folder;
  const std::string path = folder.make("disk.img", std::string(1 << 20, 'a'));
  auto file = open_image_file({path, false, false});
  REQUIRE(file.ok());
  CHECK_FALSE((*file)->may_wait(BlockOperation::kWrite, 0, 4096));
  CHECK((*file)->may_wait(BlockOperation::kFlush, 0, 0));
  CHECK((*file)->may_wait(BlockOperation::kDiscard, 0, 4096));
}

}  // namespace
}  // namespace vireo
