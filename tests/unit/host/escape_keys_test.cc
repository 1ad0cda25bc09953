#include "machine/host/escape_keys.h"

#include <doctest/doctest.h>

namespace vireo {
namespace {

using Action = EscapeKeys::Action;
constexpr uint8_t kCtrlA = 1;

TEST_CASE("ordinary keys pass") {
  EscapeKeys keys;
  CHECK(keys.feed('x') == Action::kPass);
  CHECK(keys.feed(3) == Action::kPass);
}

TEST_CASE("Ctrl-A and a letter speak to the emulator") {
  EscapeKeys keys;
  CHECK(keys.feed(kCtrlA) == Action::kSwallow);
  CHECK(keys.feed('h') == Action::kHelp);
  CHECK(keys.feed(kCtrlA) == Action::kSwallow);
  CHECK(keys.feed('x') == Action::kQuit);
}

TEST_CASE("Ctrl-A twice sends one Ctrl-A and ends the escape") {
  EscapeKeys keys;
  CHECK(keys.feed(kCtrlA) == Action::kSwallow);
  CHECK(keys.feed(kCtrlA) == Action::kPass);
  CHECK(keys.feed('x') == Action::kPass);
}

TEST_CASE("an unknown letter after Ctrl-A is swallowed") {
  EscapeKeys keys;
  keys.feed(kCtrlA);
  CHECK(keys.feed('q') == Action::kSwallow);
  CHECK(keys.feed('q') == Action::kPass);
}

}  // namespace
}  // namespace vireo
