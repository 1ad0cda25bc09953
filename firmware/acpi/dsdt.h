// The DSDT: the ACPI name space of the machine, written in AML from the
// platform description (ACPI 6.5 section 5.2.11.1).
#pragma once

#include <cstdint>
#include <vector>

#include "firmware/acpi/aml.h"
#include "firmware/platform_description.h"

namespace vireo::acpi {

std::vector<uint8_t> make_dsdt(const PlatformDescription& platform);

// Its parts, each the terms of one branch.

// \_SB.PCI0, the host bridge: resource windows, _OSC, _PRT for both interrupt
// modes, and below it the LPC bridge with the PIRQ registers.
aml::Code pci_host_bridge(const PlatformDescription& platform, const aml::Code& lpc_children);
// \_SB.LNKA to LNKH: the PIRQs as link devices, for the 8259 mode.
aml::Code pci_link_devices();
// Below the LPC bridge: RTC, timer, interrupt controllers, UARTs, keyboard, mouse.
aml::Code isa_devices(const PlatformDescription& platform);
// \_SB.MRES: addresses taken by the chipset itself.
aml::Code motherboard_resources(const PlatformDescription& platform);

}  // namespace vireo::acpi
