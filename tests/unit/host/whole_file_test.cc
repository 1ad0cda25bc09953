#include "machine/host/whole_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <string>
#include <thread>

#include "tests/unit/host/temp_folder.h"

namespace vireo {
namespace {

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST_CASE("a file is read whole, an empty one too") {
  TempFolder folder;
  const auto full = read_whole_file(folder.make("k", std::string(3000000, 'k')), "kernel");
  REQUIRE(full.ok());
  CHECK(full->size() == 3000000);
  const auto empty = read_whole_file(folder.make("e", ""), "kernel");
  REQUIRE(empty.ok());
  CHECK(empty->empty());
}

TEST_CASE("a pipe is read to its end") {
  TempFolder folder;
  const std::string path = folder.path("pipe");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  std::thread writer([&] { std::ofstream(path) << std::string(100000, 'p'); });
  const auto bytes = read_whole_file(path, "initrd");
  writer.join();
  REQUIRE(bytes.ok());
  CHECK(text_of(*bytes) == std::string(100000, 'p'));
}

TEST_CASE("a file that cannot be read is named together with its role") {
  TempFolder folder;
  CHECK(read_whole_file(folder.path("no"), "kernel").error().message ==
        "cannot open kernel " + folder.path("no") +
            ": No such file or directory; check the path given for the kernel");
  CHECK(read_whole_file(folder.folder(), "initrd").error().message ==
        "cannot read initrd " + folder.folder() +
            ": Is a directory; check the path given for the initrd");
}

}  // namespace
}  // namespace vireo
