// The keys of a PC keyboard as Linux's event interface numbers them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vireo {

// One more than the highest.
inline constexpr uint16_t kEvdevKeys = 128;

// By the name that QEMU gives the key (QAPI QKeyCode); nothing for one that is none.
std::optional<uint16_t> evdev_key(std::string_view name);
// Whether there is a key of this number.
bool is_evdev_key(uint16_t code);

}  // namespace vireo
