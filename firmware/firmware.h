// What a PC's firmware leaves in memory for an operating system: ACPI tables,
// SMBIOS, the BIOS data area and the memory map.
#pragma once

#include "firmware/platform_description.h"
#include "machine/base/guest_memory.h"
#include "machine/base/memory_map.h"
#include "machine/base/result.h"

namespace vireo {

struct InstalledFirmware {
  GuestAddr rsdp;          // in 0xE0000-0xFFFFF, where a search finds it too
  GuestAddr smbios_entry;  // the _SM3_ structure, in 0xF0000-0xFFFFF
  MemoryMap memory_map;    // e820: RAM, the tables' own memory, reserved ranges
};

// Writes everything to guest memory; a reset calls it again. Tables live at the
// top of RAM below the PCI hole. Fails when there is too little RAM or it is not where
// the description says.
Result<InstalledFirmware> install_firmware(const PlatformDescription& platform,
                                           GuestMemory& memory);

}  // namespace vireo
