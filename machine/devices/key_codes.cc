#include "machine/devices/key_codes.h"

#include <fmt/format.h>

#include <algorithm>

#include "machine/base/nearest_name.h"

namespace vireo {
namespace {

struct Key {
  std::string_view name;
  uint8_t code;           // set 2 (IBM PS/2 technical reference, keyboards)
  bool extended = false;  // 0xe0 in front
};

constexpr Key kKeys[] = {{"a", 0x1c},
                         {"b", 0x32},
                         {"c", 0x21},
                         {"d", 0x23},
                         {"e", 0x24},
                         {"f", 0x2b},
                         {"g", 0x34},
                         {"h", 0x33},
                         {"i", 0x43},
                         {"j", 0x3b},
                         {"k", 0x42},
                         {"l", 0x4b},
                         {"m", 0x3a},
                         {"n", 0x31},
                         {"o", 0x44},
                         {"p", 0x4d},
                         {"q", 0x15},
                         {"r", 0x2d},
                         {"s", 0x1b},
                         {"t", 0x2c},
                         {"u", 0x3c},
                         {"v", 0x2a},
                         {"w", 0x1d},
                         {"x", 0x22},
                         {"y", 0x35},
                         {"z", 0x1a},
                         {"1", 0x16},
                         {"2", 0x1e},
                         {"3", 0x26},
                         {"4", 0x25},
                         {"5", 0x2e},
                         {"6", 0x36},
                         {"7", 0x3d},
                         {"8", 0x3e},
                         {"9", 0x46},
                         {"0", 0x45},
                         {"minus", 0x4e},
                         {"equal", 0x55},
                         {"backspace", 0x66},
                         {"tab", 0x0d},
                         {"bracket_left", 0x54},
                         {"bracket_right", 0x5b},
                         {"ret", 0x5a},
                         {"semicolon", 0x4c},
                         {"apostrophe", 0x52},
                         {"grave_accent", 0x0e},
                         {"backslash", 0x5d},
                         {"comma", 0x41},
                         {"dot", 0x49},
                         {"slash", 0x4a},
                         {"spc", 0x29},
                         {"esc", 0x76},
                         {"caps_lock", 0x58},
                         {"shift", 0x12},
                         {"shift_r", 0x59},
                         {"ctrl", 0x14},
                         {"ctrl_r", 0x14, true},
                         {"alt", 0x11},
                         {"alt_r", 0x11, true},
                         {"meta_l", 0x1f, true},
                         {"meta_r", 0x27, true},
                         {"menu", 0x2f, true},
                         {"f1", 0x05},
                         {"f2", 0x06},
                         {"f3", 0x04},
                         {"f4", 0x0c},
                         {"f5", 0x03},
                         {"f6", 0x0b},
                         {"f7", 0x83},
                         {"f8", 0x0a},
                         {"f9", 0x01},
                         {"f10", 0x09},
                         {"f11", 0x78},
                         {"f12", 0x07},
                         {"num_lock", 0x77},
                         {"scroll_lock", 0x7e},
                         {"less", 0x61},
                         {"sysrq", 0x84},
                         {"home", 0x6c, true},
                         {"up", 0x75, true},
                         {"pgup", 0x7d, true},
                         {"left", 0x6b, true},
                         {"right", 0x74, true},
                         {"end", 0x69, true},
                         {"down", 0x72, true},
                         {"pgdn", 0x7a, true},
                         {"insert", 0x70, true},
                         {"delete", 0x71, true},
                         {"kp_0", 0x70},
                         {"kp_1", 0x69},
                         {"kp_2", 0x72},
                         {"kp_3", 0x7a},
                         {"kp_4", 0x6b},
                         {"kp_5", 0x73},
                         {"kp_6", 0x74},
                         {"kp_7", 0x6c},
                         {"kp_8", 0x75},
                         {"kp_9", 0x7d},
                         {"kp_add", 0x79},
                         {"kp_subtract", 0x7b},
                         {"kp_multiply", 0x7c},
                         {"kp_divide", 0x4a, true},
                         {"kp_enter", 0x5a, true},
                         {"kp_decimal", 0x71}};

// From usage 4 on, and from 0xe0 on.
constexpr std::string_view kUsages[] = {
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s",
    "t", "u", "v", "w", "x", "y", "z", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "ret",
    "esc", "backspace", "tab", "spc", "minus", "equal", "bracket_left", "bracket_right",
    "backslash", "backslash", "semicolon", "apostrophe", "grave_accent", "comma", "dot", "slash",
    "caps_lock", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12",
    "sysrq", "scroll_lock", "", "insert", "home", "pgup", "delete", "end", "pgdn", "right", "left",
    "down", "up", "num_lock", "kp_divide", "kp_multiply", "kp_subtract", "kp_add", "kp_enter",
    "kp_1", "kp_2", "kp_3", "kp_4", "kp_5", "kp_6", "kp_7", "kp_8", "kp_9", "kp_0", "kp_decimal",
    "less", "menu"};
constexpr std::string_view kModifiers[] = {"ctrl",   "shift",   "alt",   "meta_l",
                                           "ctrl_r", "shift_r", "alt_r", "meta_r"};
constexpr unsigned kFirstUsage = 4, kFirstModifier = 0xe0;

constexpr uint8_t kExtended = 0xe0, kBreak = 0xf0;

const Key* find_key(std::string_view name) {
  const auto at = std::find_if(std::begin(kKeys), std::end(kKeys),
                               [&](const Key& k) { return k.name == name; });
  return at == std::end(kKeys) ? nullptr : at;
}

Error unknown_key(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Key& key : kKeys) names.push_back(key.name);
  return Error{
      fmt::format("there is no key '{}'; the nearest is '{}'", name, nearest_name(name, names))};
}

}  // namespace

Result<std::vector<uint8_t>> key_stroke(const std::vector<std::string_view>& keys) {
  std::vector<const Key*> found;
  for (const std::string_view name : keys) {
    found.push_back(find_key(name));
    if (found.back() == nullptr) return unknown_key(name);
  }
  std::vector<uint8_t> codes;
  for (const Key* key : found) {
    if (key->extended) codes.push_back(kExtended);
    codes.push_back(key->code);
  }
  std::reverse(found.begin(), found.end());
  for (const Key* key : found) {
    if (key->extended) codes.push_back(kExtended);
    codes.insert(codes.end(), {kBreak, key->code});
  }
  return codes;
}

Result<std::vector<uint8_t>> key_change(std::string_view name, bool pressed) {
  const Key* key = find_key(name);
  if (key == nullptr) return unknown_key(name);
  std::vector<uint8_t> codes;
  if (key->extended) codes.push_back(kExtended);
  if (!pressed) codes.push_back(kBreak);
  codes.push_back(key->code);
  return codes;
}

std::string_view key_at_usage(unsigned usage) {
  if (usage - kFirstUsage < std::size(kUsages)) return kUsages[usage - kFirstUsage];
  if (usage - kFirstModifier < std::size(kModifiers)) return kModifiers[usage - kFirstModifier];
  return {};
}

}  // namespace vireo
