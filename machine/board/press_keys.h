// Keys that a user presses by command: `sendkey` and send-key.
#pragma once

#include <string_view>
#include <vector>

#include "machine/base/result.h"
#include "machine/board/chipset.h"

namespace vireo {

// Presses keys one after the other and releases all of them, at once, so that nothing is left to
// do later. Names are QEMU's (QAPI QKeyCode). Fails for a name that is none, and when the
// keyboard is off or has no room left.
Result<void> press_keys(Chipset& chipset, const std::vector<std::string_view>& keys);

// Presses or releases one key, which stays so.
Result<void> turn_key(Chipset& chipset, std::string_view key, bool pressed);

// The same by the key's usage (USB HID usage tables, page 7); one that no keyboard has is ignored.
Result<void> turn_key_at(Chipset& chipset, unsigned usage, bool pressed);

// What the mouse did since the last time: points to the right and up, notches of the wheel towards
// the user. Buttons: bit 0 left, 1 right, 2 middle.
struct MouseChange {
  int dx = 0, dy = 0, wheel = 0;
  uint8_t buttons = 0;
};
void move_mouse(Chipset& chipset, const MouseChange& change);
uint8_t mouse_buttons(Chipset& chipset);

}  // namespace vireo
