// Where the memory of system management mode stands, and who sees it (Intel 82Q35
// datasheet, 5.1.29 and 5.1.30).
#pragma once

#include <array>
#include <cstdint>

#include "machine/base/guest_addr.h"

namespace vireo {

// Addresses [base, base + size) lead to the hidden memory at `target`.
struct SmramWindow {
  uint64_t base = 0;
  uint64_t size = 0;  // 0: there is none
  GuestAddr target;
};

struct SmramMap {
  bool enabled = false;  // G_SMRAME
  bool open = false;     // D_OPEN: outside of the mode as well
  bool closed = false;   // D_CLS: fetches only
  std::array<SmramWindow, 2> windows = {};  // the area for the video card's addresses, and TSEG

  // Where an access of a processor goes, when it is enabled.
  GuestAddr resolve(GuestAddr addr, bool inside, bool fetch) const {
    if (!(inside || open) || (closed && !fetch)) return addr;
    for (const SmramWindow& window : windows) {
      const uint64_t offset = addr.value - window.base;
      if (offset < window.size) return window.target + offset;
    }
    return addr;
  }
};

}  // namespace vireo
