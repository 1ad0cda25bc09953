#include "machine/board/press_keys.h"

#include "machine/devices/key_codes.h"

namespace vireo {

namespace {

Result<void> type(Chipset& chipset, const Result<std::vector<uint8_t>>& codes) {
  if (!codes) return codes.error();
  if (chipset.keyboard().type(*codes)) return {};
  return Error{"the keyboard is off or full: the guest does not read it"};
}

}  // namespace

Result<void> press_keys(Chipset& chipset, const std::vector<std::string_view>& keys) {
  return type(chipset, key_stroke(keys));
}

Result<void> turn_key_at(Chipset& chipset, unsigned usage, bool pressed) {
  const std::string_view key = key_at_usage(usage);
  return key.empty() ? Result<void>() : turn_key(chipset, key, pressed);
}

void move_mouse(Chipset& chipset, const MouseChange& change) {
  chipset.keyboard().move_mouse(change.dx, change.dy, change.buttons, change.wheel);
}

uint8_t mouse_buttons(Chipset& chipset) { return chipset.keyboard().mouse_buttons(); }

Result<void> turn_key(Chipset& chipset, std::string_view key, bool pressed) {
  return type(chipset, key_change(key, pressed));
}

}  // namespace vireo
