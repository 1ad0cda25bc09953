// A process that was started without some of its standard descriptors.
#include "machine/host/standard_fds.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "machine/host/unique_fd.h"
#include "tests/unit/host/temp_folder.h"

namespace vireo {
namespace {

TEST_CASE("a closed standard input is filled: the next file gets another number") {
  TempFolder folder;
  const std::string image = folder.make("disk", "content");
  const UniqueFd kept(::dup(0));
  ::close(0);
  fill_standard_fds();
  const bool filled = ::fcntl(0, F_GETFD) >= 0;
  const UniqueFd file(::open(image.c_str(), O_RDONLY));
  if (kept.valid()) ::dup2(kept.get(), 0);
  CHECK(filled);
  CHECK(file.get() > 2);
}

}  // namespace
}  // namespace vireo
