// The file of -pidfile.
#include "machine/host/pid_file.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "tests/unit/host/temp_folder.h"

namespace vireo {
namespace {

TEST_CASE("the number of the process is in the file as long as it is wanted") {
  TempFolder folder;
  {
    auto made = PidFile::create(folder.path("pid"));
    REQUIRE(made.ok());
    const PidFile kept = std::move(*made);
    CHECK(folder.content("pid") == std::to_string(::getpid()) + "\n");
  }
  CHECK(folder.empty());
}

TEST_CASE("a place that cannot be written is told") {
  CHECK_FALSE(PidFile::create("/nonexistent/pid").ok());
  CHECK(PidFile::create("").ok());
}

}  // namespace
}  // namespace vireo
