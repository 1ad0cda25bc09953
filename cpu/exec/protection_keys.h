// The rights register of protection keys (SDM 3A 4.6.2).
#pragma once

#include "cpu/cpu.h"

namespace vireo {

// Sets PKRU, as WRPKRU and XRSTOR do: translations whose key's rights change
// are dropped.
void set_pkru(Cpu& cpu, uint32_t value);

}  // namespace vireo
