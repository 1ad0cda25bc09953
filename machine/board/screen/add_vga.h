// Puts the graphics card that the configuration asks for into a machine.
#pragma once

#include <memory>

#include "machine/board/machine_config.h"
#include "machine/board/pci_placing.h"
#include "machine/board/screen/vga_card.h"

namespace vireo {

// `card` stays null where none is wanted. Comes behind the other devices, whose places do not
// depend on it.
Result<void> add_vga(const MachineConfig& config, MachineCore& core, HostServices& host,
                     PciPlacing& placing, std::unique_ptr<VgaCard>& card);

}  // namespace vireo
