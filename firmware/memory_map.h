// The memory map that the machine's firmware reports: the e820 table.
#pragma once

#include "firmware/platform_description.h"
#include "machine/base/memory_map.h"

namespace vireo {

// Sorted and disjoint. RAM is what an operating system may use; ACPI tables,
// the EBDA, the BIOS segment, the ECAM window and the chipset block are set
// apart. Needs at least 2 MiB of low RAM.
MemoryMap make_memory_map(const PlatformDescription& platform);

// Where the ACPI tables go: the start of the kAcpiData range.
GuestAddr acpi_data_base(const PlatformDescription& platform);
GuestAddr acpi_nvs_base(const PlatformDescription& platform);

}  // namespace vireo
