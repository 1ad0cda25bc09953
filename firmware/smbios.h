// SMBIOS 3.1 tables (DMTF DSP0134): who made the machine and what is in it.
#pragma once

#include <cstdint>
#include <vector>

#include "firmware/platform_description.h"
#include "machine/base/guest_addr.h"

namespace vireo {

// Structures of types 0, 1, 3, 4, 16, 17, 19, 32 and 127.
std::vector<uint8_t> make_smbios_table(const PlatformDescription& platform);

// The 64-bit entry point "_SM3_" for a table of that size and place.
std::vector<uint8_t> make_smbios_entry(GuestAddr table, size_t table_bytes);

}  // namespace vireo
