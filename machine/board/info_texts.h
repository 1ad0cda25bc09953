// What the info commands show, as lines for a person.
#pragma once

#include <string>

#include "machine/board/machine_config.h"
#include "machine/board/system_flash.h"
#include "machine/board/virtio/virtio_devices.h"
#include "pci/bus.h"

namespace vireo {

// "ID (NAME)", or the function's name alone.
std::string titled(const VirtioUnit& unit);

std::string pci_text(PciBus& bus);
std::string device_tree_text(PciBus& bus, VirtioDevices& devices);
std::string block_text(const MachineConfig& config, VirtioDevices& devices,
                       const SystemFlash* flash);

}  // namespace vireo
