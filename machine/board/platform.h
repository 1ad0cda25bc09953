// What firmware would find on this board and do to it before it starts an
// operating system.
#pragma once

#include <string_view>
#include <vector>

#include "cpu/cpu_topology.h"
#include "firmware/platform_description.h"
#include "machine/base/result.h"
#include "machine/board/chipset.h"
#include "machine/board/core.h"

namespace vireo {

// The numbers for the firmware's tables, taken from what was really wired.
// `serials` are indices into address_map::kSerial.
PlatformDescription describe_platform(const MachineCore& core, const Chipset& chipset,
                                      const CpuTopology& processors,
                                      const std::vector<unsigned>& serials);

// The RTC's memory as a machine's firmware finds it: the sizes of its RAM, how many processors
// start, and from which drives in which order (letters as -boot takes them; empty: "cad").
void write_cmos(const address_map::RamLayout& layout, unsigned processors,
                std::string_view boot_order, CmosRtc& rtc);

// Lets devices behind bridges reach memory, for a machine that starts in firmware: SeaBIOS leaves
// the bus master bits of bridges as it finds them, since QEMU's bridges forward DMA without. Comes
// after the reset of all devices.
void let_bridges_forward_dma(const PciBus& root);

// Programs the chipset as firmware leaves it: ECAM window, RAM behind the BIOS
// area, power management block, 8259s, interrupt routes, BARs, memory sizes in CMOS.
// Comes after the reset of all devices. Fails when the BARs do not fit.
Result<void> program_chipset(const MachineCore& core, Chipset& chipset);

}  // namespace vireo
