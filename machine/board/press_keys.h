// What a user does with keyboard, mouse and tablet: at the window, or by command.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "machine/base/result.h"

namespace vireo {

struct ControlPanel;

// It goes to the newest virtio device for it whose driver runs, as in QEMU; where there is none to
// the PS/2 keyboard and mouse. What comes faster than the guest takes it is lost, as with real
// ones.

// Presses keys one after the other and releases all of them, at once, so that nothing is left to
// do later. Names are QEMU's (QAPI QKeyCode). Fails for a name that is none, and when the
// keyboard is off or has no room left.
Result<void> press_keys(ControlPanel& panel, const std::vector<std::string_view>& keys);

// Presses or releases one key, which stays so.
Result<void> turn_key(ControlPanel& panel, std::string_view key, bool pressed);

// The same by the key's usage (USB HID usage tables, page 7); one that no keyboard has is ignored.
Result<void> turn_key_at(ControlPanel& panel, unsigned usage, bool pressed);

// What the mouse did since the last time: points to the right and up, notches of the wheel towards
// the user. Buttons: bit 0 left, 1 right, 2 middle; with a tablet they, and the wheel, are its.
struct MouseChange {
  int dx = 0, dy = 0, wheel = 0;
  uint8_t buttons = 0;
};
void move_mouse(ControlPanel& panel, const MouseChange& change);
uint8_t mouse_buttons(ControlPanel& panel);

// Where the pointer is on the screen, 0 to 0x7fff from the upper left; a way that is left out
// stays. Without a tablet it is nowhere.
void place_pointer(ControlPanel& panel, std::optional<uint16_t> x, std::optional<uint16_t> y);
bool has_tablet(ControlPanel& panel);

}  // namespace vireo
