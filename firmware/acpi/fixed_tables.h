// The ACPI tables of fixed layout. Each function gives one whole table; `where`
// arguments are the guest addresses of the tables it points to.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "firmware/platform_description.h"
#include "machine/base/guest_addr.h"

namespace vireo::acpi {

using Table = std::vector<uint8_t>;

inline constexpr size_t kFacsBytes = 64;
inline constexpr size_t kRsdpBytes = 36;

// Firmware ACPI Control Structure: lives in NVS memory, 64-byte aligned.
Table make_facs();
// Fixed ACPI Description Table, revision 6.
Table make_fadt(const PlatformDescription& platform, GuestAddr facs, GuestAddr dsdt);
// Multiple APIC Description Table: local APICs, I/O APIC, overrides, LINT1 NMI.
Table make_madt(const PlatformDescription& platform);
// Where the enhanced configuration access window is (PCI Firmware 3.2 section 4.1.2).
Table make_mcfg(const PlatformDescription& platform);
// IA-PC HPET 1.0a section 3.2.4.
Table make_hpet(const PlatformDescription& platform);
// Root tables: pointers to all others but the FACS and DSDT.
Table make_rsdt(std::span<const GuestAddr> tables);
Table make_xsdt(std::span<const GuestAddr> tables);
// Root System Description Pointer, revision 2.
Table make_rsdp(GuestAddr rsdt, GuestAddr xsdt);

}  // namespace vireo::acpi
