// The state in which a PC's firmware leaves the boot CPU beyond its reset
// state: memory types (SDM 3A section 12.11) and the local APIC in virtual wire mode
// (MultiProcessor Specification 1.4 section 3.6.2.2). A board that enters a kernel
// without running firmware code applies it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "firmware/platform_description.h"

namespace vireo {

struct MsrSetting {
  uint32_t index = 0;
  uint64_t value = 0;
};

// The MTRRs, for a CPU with the fixed ranges and 8 variable ones: write-back by
// default, uncached VGA memory and PCI windows, write-protected BIOS area.
// Without them Linux believes in no MTRRs and gives up on PAT as well.
std::vector<MsrSetting> firmware_mtrrs(const PlatformDescription& platform,
                                       unsigned physical_address_bits);

struct LapicSetting {
  uint16_t offset = 0;  // in the xAPIC page, bytes
  uint32_t value = 0;
};

// APIC on (spurious vector 0x0F), LINT0 takes the 8259s' interrupts, LINT1 is
// NMI. Without it the timer of a kernel that uses no I/O APIC stays silent.
// The order matters: a disabled APIC keeps its LVT entries masked.
inline constexpr std::array<LapicSetting, 3> kVirtualWireMode{{
    {0x0F0, 0x0000'010F},
    {0x350, 0x0000'8700},
    {0x360, 0x0000'8400},
}};

}  // namespace vireo
