#include "machine/devices/debug_exit.h"

namespace vireo {

void DebugExit::write(uint64_t, unsigned, uint64_t value) {
  // Unsigned arithmetic: the guest chose the value.
  exit_(static_cast<int>(static_cast<uint32_t>(value) << 1 | 1));
}

}  // namespace vireo
