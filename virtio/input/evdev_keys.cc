#include "virtio/input/evdev_keys.h"

#include <algorithm>
#include <iterator>

namespace vireo {
namespace {

// By number (input-event-codes.h of Linux); holes are keys that PC keyboards lack.
constexpr std::string_view kNames[kEvdevKeys] = {
    "", "esc", "1", "2", "3", "4", "5", "6",
    "7", "8", "9", "0", "minus", "equal", "backspace", "tab",
    "q", "w", "e", "r", "t", "y", "u", "i",
    "o", "p", "bracket_left", "bracket_right", "ret", "ctrl", "a", "s",
    "d", "f", "g", "h", "j", "k", "l", "semicolon",
    "apostrophe", "grave_accent", "shift", "backslash", "z", "x", "c", "v",
    "b", "n", "m", "comma", "dot", "slash", "shift_r", "kp_multiply",
    "alt", "spc", "caps_lock", "f1", "f2", "f3", "f4", "f5",
    "f6", "f7", "f8", "f9", "f10", "num_lock", "scroll_lock", "kp_7",
    "kp_8", "kp_9", "kp_subtract", "kp_4", "kp_5", "kp_6", "kp_add", "kp_1",
    "kp_2", "kp_3", "kp_0", "kp_decimal", "", "", "less", "f11",
    "f12", "", "", "", "", "", "", "",
    "kp_enter", "ctrl_r", "kp_divide", "sysrq", "alt_r", "", "home", "up",
    "pgup", "left", "right", "end", "down", "pgdn", "insert", "delete",
    "", "", "", "", "", "", "", "",
    "", "", "", "", "", "meta_l", "meta_r", "menu"};

}  // namespace

std::optional<uint16_t> evdev_key(std::string_view name) {
  const auto at = std::find(std::begin(kNames), std::end(kNames), name);
  if (name.empty() || at == std::end(kNames)) return std::nullopt;
  return static_cast<uint16_t>(at - std::begin(kNames));
}

bool is_evdev_key(uint16_t code) { return code < kEvdevKeys && !kNames[code].empty(); }

}  // namespace vireo
