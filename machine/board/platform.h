// What firmware would find on this board and do to it before it starts an
// operating system.
#pragma once

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

// Programs the chipset as firmware leaves it: ECAM window, RAM behind the BIOS
// area, power management block, 8259s, interrupt routes, BARs, memory sizes in CMOS.
// Comes after the reset of all devices. Fails when the BARs do not fit.
Result<void> program_chipset(const MachineCore& core, Chipset& chipset);

}  // namespace vireo
