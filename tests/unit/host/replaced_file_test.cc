// Files that appear whole or not at all.
#include "machine/host/replaced_file.h"

#include <doctest/doctest.h>

#include <filesystem>
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

TEST_CASE("the file at the end of a link is replaced, and keeps its permissions") {
  namespace fs = std::filesystem;
  TempFolder folder;
  folder.make("report", "old");
  fs::permissions(folder.path("report"), fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("report", folder.path("link"));
  auto file = ReplacedFile::create(folder.path("link"), "report");
  REQUIRE(file.ok());
  CHECK(file->write(bytes_of("new")).ok());
  CHECK(file->commit().ok());
  CHECK(fs::is_symlink(folder.path("link")));
  CHECK(folder.content("report") == "new");
  CHECK(fs::status(folder.path("report")).permissions() ==
        (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a folder that is not there is told at once") {
  const auto file = ReplacedFile::create("/nonexistent/report", "exit report");
  REQUIRE_FALSE(file.ok());
  CHECK(file.error().message.find("exit report /nonexistent/report") != std::string::npos);
}

TEST_CASE("whether a file can be replaced is known before, and nothing stays of the question") {
  TempFolder folder;
  folder.make("old", "old");
  const std::string device = "/dev/null";
  for (const std::string& path : {folder.path("old"), folder.path("new"), device}) {
    CHECK(ReplacedFile::check_place(path, "picture").ok());
  }
  CHECK(folder.content("old") == "old");
  CHECK_FALSE(std::filesystem::exists(folder.path("new")));
  const auto message = [](const std::string& path) {
    const auto good = ReplacedFile::check_place(path, "picture");
    return good ? std::string() : good.error().message;
  };
  CHECK(message(folder.folder()).find("Is a directory") != std::string::npos);
  CHECK(message("/nonexistent/a.png").find("picture /nonexistent/a.png: No such") !=
        std::string::npos);
}

TEST_CASE("a device is written to directly, and a full one is told") {
  auto file = ReplacedFile::create("/dev/full", "report");
  REQUIRE(file.ok());
  CHECK_FALSE(file->write(bytes_of("text")).ok());
}

}  // namespace
}  // namespace vireo
