// Where firmware puts its own things in guest memory, below 1 MiB as on a PC.
#pragma once

#include <cstdint>

#include "machine/base/guest_addr.h"

namespace vireo {

// The extended BIOS data area takes the last KiB of conventional memory.
inline constexpr GuestAddr kEbda{0x9'FC00};
inline constexpr GuestAddr kLegacyHole{0xA'0000};
// The BIOS segment, searched for the RSDP and the SMBIOS entry point.
inline constexpr GuestAddr kBiosSegment{0xF'0000};
inline constexpr GuestAddr kRsdpAt{0xF'0000};
inline constexpr GuestAddr kSmbiosEntryAt{0xF'0040};
inline constexpr GuestAddr kSmbiosTableAt{0xF'0060};
inline constexpr GuestAddr kExtendedMemory{0x10'0000};
inline constexpr GuestAddr kFourGiB{0x1'0000'0000};

// At the top of RAM below the PCI hole: the ACPI tables, then a page of ACPI
// non-volatile memory for the FACS.
inline constexpr uint64_t kAcpiDataBytes = 60 * 1024;
inline constexpr uint64_t kAcpiNvsBytes = 4 * 1024;

}  // namespace vireo
