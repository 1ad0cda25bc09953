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

Result<void> turn_key(Chipset& chipset, std::string_view key, bool pressed) {
  return type(chipset, key_change(key, pressed));
}

}  // namespace vireo
