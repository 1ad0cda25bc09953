// The window, by SDL's driver that shows nothing, and its events.
#include "machine/host/window.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "machine/host/window_channel.h"

using namespace vireo;

TEST_CASE("window events come back from their bytes") {
  for (const WindowEvent& event :
       {WindowEvent{WindowInput::kKey, 0xe7, 1}, WindowEvent{WindowInput::kMove, -300, 32767},
        WindowEvent{WindowInput::kMove, -32768, 255}, WindowEvent{WindowInput::kClose}}) {
    CHECK(decode_window_event(encode(event)) == event);
  }
}

TEST_CASE("a window takes pictures of any size, one after the other, and goes") {
  ::setenv("SDL_VIDEODRIVER", "dummy", 1);
  ::setenv("SDL_RENDER_DRIVER", "software", 1);
  SourceSet set;
  auto channel = WindowChannel::open(set);
  REQUIRE_MESSAGE(channel.ok(), channel.error().message);
  CHECK_FALSE((*channel)->read());
  CHECK((*channel)->live());
  const std::shared_ptr<Window> window = (*channel)->window();
  window->set_title("a title");
  for (const PictureSize size : {PictureSize{8, 1}, {720, 400}, {1, 1}}) {
    // Whoever is refused is told when to come again.
    while (!window->wants_picture()) CHECK(window->asks_again_ns() <= 1'000'000'000);
    CHECK((*channel)->max_wait_ns() == UINT64_MAX);
    window->show(Picture(size.width, size.height));
  }
}

TEST_CASE("drivers that show nothing are not taken unless they are named") {
  for (const char* variable : {"SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY"}) {
    ::setenv(variable, "", 1);
  }
  ::unsetenv("XDG_RUNTIME_DIR");
  SourceSet set;
  const auto channel = WindowChannel::open(set);
  if (channel.ok()) return;  // a console of the host's own
  CHECK(channel.error().message == "no window: there is no display (DISPLAY, WAYLAND_DISPLAY)");
}

TEST_CASE("where there is no display the error says so") {
  ::setenv("SDL_VIDEODRIVER", "no-such-driver", 1);
  SourceSet set;
  const auto channel = WindowChannel::open(set);
  REQUIRE_FALSE(channel.ok());
  CHECK(channel.error().message.find("no window: ") == 0);
}
