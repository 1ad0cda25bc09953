// A window on the host's desktop that shows the machine's screen and hears its user.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "machine/base/picture.h"
#include "machine/base/result.h"

namespace vireo {

// What a user did, as eight bytes: these, and two numbers with the low byte first.
enum class WindowInput : uint8_t {
  kKey = 1,      // first number: the key's usage (USB HID usage tables, page 7); second: 1 pressed
  kMove = 2,     // points to the right and down since the last one, signed
  kButtons = 3,  // first number: those that are pressed, bit 0 left, 1 right, 2 middle
  kWheel = 4,    // first number: notches away from the user, signed
  kClose = 5,    // the window is to be closed
  kPoint = 6,    // where the pointer is, 0 to 0x7fff from the upper left of the picture
  kSize = 7,     // the user gave the window this size, in pixels
};

struct WindowEvent {
  WindowInput kind = WindowInput::kKey;
  int16_t first = 0, second = 0;
  bool operator==(const WindowEvent&) const = default;
};

using WindowEventBytes = std::array<uint8_t, 8>;
WindowEventBytes encode(const WindowEvent& event);
WindowEvent decode_window_event(const WindowEventBytes& bytes);

// Runs on a thread of its own, which never touches the machine: pictures are given to it, and
// events come from it.
class Window {
 public:
  // `heard` is called on the window's thread.
  using Heard = std::function<void(const WindowEvent& event)>;

  virtual ~Window() = default;
  // Whether a picture would be shown now: the last one has been, and some time has passed.
  virtual bool wants_picture() = 0;
  // When to ask again after a no, from now on; UINT64_MAX after a yes: what a machine that then
  // stands still has last drawn is shown all the same.
  virtual uint64_t asks_again_ns() { return UINT64_MAX; }
  virtual void show(Picture picture) = 0;
  virtual void set_title(std::string title) = 0;
  // Whether the machine wants to know where the pointer is, not how it moves: nothing is grabbed
  // by a click then. Off at the start.
  virtual void set_tablet(bool on) = 0;
};

// By SDL2. The error says why there can be none, a missing display for one.
Result<std::unique_ptr<Window>> open_sdl_window(Window::Heard heard);

}  // namespace vireo
