#include "machine/board/press_keys.h"

#include "machine/devices/key_codes.h"

namespace vireo {

Result<void> press_keys(Chipset& chipset, const std::vector<std::string_view>& keys) {
  const auto codes = key_stroke(keys);
  if (!codes) return codes.error();
  if (chipset.keyboard().type(*codes)) return {};
  return Error{"the keyboard is off or full: the guest does not read it"};
}

}  // namespace vireo
