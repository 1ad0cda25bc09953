// The file of -D.
#include "machine/host/log_file.h"

#include <doctest/doctest.h>

#include "tests/unit/host/temp_folder.h"

namespace vireo {
namespace {

TEST_CASE("trace lines are in the file after a flush") {
  TempFolder folder;
  auto file = open_log_file(folder.path("trace"));
  REQUIRE(file.ok());
  std::fputs("line\n", file->get());
  CHECK(flush_log_file(file->get(), "trace").ok());
  CHECK(folder.content("trace") == "line\n");
}

TEST_CASE("a trace that finds no room is told") {
  auto file = open_log_file("/dev/full");
  REQUIRE(file.ok());
  std::fputs("line\n", file->get());
  const auto flushed = flush_log_file(file->get(), "/dev/full");
  REQUIRE_FALSE(flushed.ok());
  CHECK(flushed.error().message == "cannot write all of the trace to /dev/full; make room there");
}

}  // namespace
}  // namespace vireo
