// The BIOS data area at 0x400 and its extension: the few fields which an
// operating system still reads (memory sizes, serial ports).
#pragma once

#include "firmware/platform_description.h"
#include "machine/base/guest_memory.h"

namespace vireo {

// False when low memory is not RAM.
bool write_bios_data(const PlatformDescription& platform, GuestMemory& memory);

}  // namespace vireo
