// What counts as a kernel panic on a console.
#include "machine/board/panic_watch.h"

#include <doctest/doctest.h>

#include <string_view>

using namespace vireo;

static std::string panic_in(std::string_view text) {
  PanicWatch watch;
  for (const char c : text) watch.see(static_cast<uint8_t>(c));
  return watch.panic();
}

TEST_CASE("the reason of a panic is what the kernel gives") {
  CHECK(panic_in("[    1.5] Kernel panic - not syncing: VFS: no root\r\n") == "VFS: no root");
}

TEST_CASE("the end mark of the report changes nothing") {
  CHECK(panic_in("Kernel panic - not syncing: a\n"
                 "---[ end Kernel panic - not syncing: a ]---\n") == "a");
  CHECK(panic_in("---[ end Kernel panic - not syncing: a ]---\n").empty());
}

TEST_CASE("an orderly restart takes it back") {
  CHECK(panic_in("Kernel panic - not syncing: a\nreboot: Restarting system\n").empty());
}

TEST_CASE("a line without end is bounded") {
  std::string line(100'000, 'x');
  CHECK(panic_in(line + "Kernel panic - not syncing: a\n").empty());
  CHECK(panic_in("Kernel panic - not syncing: " + line + "\n").size() < 1000);
}
