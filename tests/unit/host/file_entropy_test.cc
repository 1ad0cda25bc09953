// Random bytes of the host: what a file holds, and nothing where there is nothing.
#include "machine/host/file_entropy.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <array>
#include <fstream>

#include "tests/unit/host/temp_folder.h"

namespace vireo {
namespace {

TEST_CASE("a file's bytes are given in order, and none behind its end") {
  const TempFolder folder;
  std::ofstream(folder.path("bytes")) << "abcdef";
  auto source = open_file_entropy(folder.path("bytes"));
  REQUIRE(source.ok());
  std::array<std::byte, 4> bytes;
  CHECK((*source)->fill(bytes) == 4);
  CHECK(bytes[3] == std::byte{'d'});
  CHECK((*source)->fill(bytes) == 2);
  CHECK((*source)->fill(bytes) == 0);
}

TEST_CASE("an empty pipe gives nothing and does not block") {
  const TempFolder folder;
  REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
  auto source = open_file_entropy(folder.path("pipe"));
  REQUIRE(source.ok());
  std::array<std::byte, 4> bytes;
  CHECK((*source)->fill(bytes) == 0);
}

TEST_CASE("a source that is not there is an error that names it") {
  const auto source = open_file_entropy("/nonexistent/random");
  REQUIRE_FALSE(source.ok());
  CHECK(source.error().message.find("/nonexistent/random") != std::string::npos);
}

}  // namespace
}  // namespace vireo
