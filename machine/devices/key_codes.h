// The keys of a PC keyboard by the names that QEMU gives them (QAPI QKeyCode).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "machine/base/result.h"

namespace vireo {

// The bytes by which a keyboard tells in scan code set 2 that the keys were pressed, in order,
// and released in the reverse order: "ctrl", "alt", "delete". The error names the key, and the
// nearest one that there is.
Result<std::vector<uint8_t>> key_stroke(const std::vector<std::string_view>& keys);

// The same for one key that is only pressed, or only released.
Result<std::vector<uint8_t>> key_change(std::string_view key, bool pressed);

// The key at a place of the keyboard, by its usage (USB HID usage tables, page 7); empty: there
// is no such key.
std::string_view key_at_usage(unsigned usage);

}  // namespace vireo
