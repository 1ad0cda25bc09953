// Which devices firmware is to try first: what the bootindex= properties say, as the file
// "bootorder" of the firmware configuration device tells it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "machine/board/virtio/virtio_devices.h"
#include "pci/root_bus.h"

namespace vireo {

// A function to start from. The lowest index comes first; no two are the same.
struct BootCandidate {
  const PciFunction* function;
  uint32_t index;
};

// Where the devices are, each by the path that QEMU gives it in the manner of Open Firmware
// (/pci@i0cf8/scsi@4/disk@0,0), in their order, with line feeds between and a zero behind; empty
// without any.
std::string boot_order_text(const PciBus& root, std::vector<BootCandidate> candidates);

// The same for what the machine's devices say.
std::string boot_order_text(const PciBus& root, VirtioDevices& devices);

}  // namespace vireo
