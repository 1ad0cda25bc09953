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

}  // namespace vireo
