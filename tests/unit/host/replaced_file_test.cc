// Files that appear whole or not at all.
#include "machine/host/replaced_file.h"

#include <doctest/doctest.h>

#include <string_view>

#include "tests/unit/host/temp_folder.h"

namespace vireo {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST_CASE("a file is replaced when it is whole") {
  TempFolder folder;
  folder.make("report", "old");
  auto file = ReplacedFile::create(folder.path("report"), "report");
  REQUIRE(file.ok());
  CHECK(file->write(bytes_of("new ")).ok());
  CHECK(file->write(bytes_of("text")).ok());
  CHECK(folder.content("report") == "old");
  CHECK(file->commit().ok());
  CHECK(folder.content("report") == "new text");
}

TEST_CASE("without a commit nothing changes and nothing stays") {
  TempFolder folder;
  {
    auto file = ReplacedFile::create(folder.path("report"), "report");
    REQUIRE(file.ok());
    CHECK(file->write(bytes_of("half")).ok());
  }
  CHECK(folder.empty());
}

TEST_CASE("a folder that is not there is told at once") {
  const auto file = ReplacedFile::create("/nonexistent/report", "exit report");
  REQUIRE_FALSE(file.ok());
  CHECK(file.error().message.find("exit report /nonexistent/report") != std::string::npos);
}

TEST_CASE("a device is written to directly, and a full one is told") {
  auto file = ReplacedFile::create("/dev/full", "report");
  REQUIRE(file.ok());
  CHECK_FALSE(file->write(bytes_of("text")).ok());
}

}  // namespace
}  // namespace vireo
