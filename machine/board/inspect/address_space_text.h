// What answers at which address, for a person: `info mtree`.
#pragma once

#include <string>

#include "machine/board/core.h"

namespace vireo {

// RAM and the registers of devices, in order of addresses, then the ports.
std::string address_spaces_text(const MachineCore& core);

}  // namespace vireo
