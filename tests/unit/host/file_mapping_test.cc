// Memory that shows a file of which somebody takes a part away.
#include "machine/host/file_mapping.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <utility>

#include "machine/host/host_ram.h"
#include "machine/host/signals.h"
#include "machine/host/stored_file.h"
#include "tests/unit/host/temp_folder.h"

namespace vireo {
namespace {

constexpr uint64_t kBytes = 64 * 1024;

struct Ending {
  int status = 0;
  std::string said;
};

// What becomes of a process that does this, and what it says on stderr.
template <typename Act>
Ending ending_of(Act act) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(pipe[1], STDERR_FILENO);
    act();
    ::_exit(0);
  }
  ::close(pipe[1]);
  Ending ending;
  std::array<char, 1024> bytes{};
  for (ssize_t got; (got = ::read(pipe[0], bytes.data(), bytes.size())) > 0;) {
    ending.said.append(bytes.data(), static_cast<size_t>(got));
  }
  ::close(pipe[0]);
  ::waitpid(child, &ending.status, 0);
  return ending;
}

// Shows a file of 16 pages, of which the second half goes, and reads its last byte.
void read_what_is_gone(const std::string& path, bool replaced) {
  const SignalWatch signals;
  auto ram = HostRam::allocate(kBytes);
  auto file = StoredFile::open(path);
  if (!ram || !file || !(*file)->show_in(*ram, 0, {true})) ::_exit(2);
  HostRam moved = std::move(*ram);
  if (moved.data()[kBytes - 1] != std::byte{'x'}) ::_exit(3);
  if (replaced && !moved.take_over(std::move(*HostRam::allocate(kBytes)))) ::_exit(4);
  if (::truncate(path.c_str(), kBytes / 2) != 0) ::_exit(5);
  const volatile std::byte* last = moved.data() + kBytes - 1;
  if (*last != std::byte{0}) ::_exit(6);
}

}  // namespace

TEST_CASE("a file that is cut short under the memory that shows it ends the run with its name") {
  const TempFolder folder;
  const std::string path = folder.make("a.snap", std::string(kBytes, 'x'));
  const Ending ending = ending_of([&] { read_what_is_gone(path, false); });
  REQUIRE(WIFEXITED(ending.status));
  CHECK(WEXITSTATUS(ending.status) == 1);
  CHECK(ending.said.starts_with("vireo: " + path + ": the file was cut short"));
  CHECK(ending.said.find('\n') == ending.said.size() - 1);
}

TEST_CASE("memory that no longer shows the file does not care") {
  const TempFolder folder;
  const std::string path = folder.make("a.snap", std::string(kBytes, 'x'));
  const Ending ending = ending_of([&] { read_what_is_gone(path, true); });
  REQUIRE(WIFEXITED(ending.status));
  CHECK(WEXITSTATUS(ending.status) == 0);
  CHECK(ending.said.empty());
}

}  // namespace vireo
