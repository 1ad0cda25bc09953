// What the drives of a machine are, for those who show them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "machine/board/machine_config.h"
#include "machine/board/system_flash.h"
#include "machine/board/virtio/virtio_devices.h"

namespace vireo {

struct DiskReport {
  const DriveConfig* drive = nullptr;
  // Of the device that has it; empty, and nothing below, for a drive without one.
  std::string device;  // its id, or its name where it has none
  std::string path;    // among QEMU's objects
  uint64_t bytes = 0;
  bool write_cache = true;
  std::map<std::string, uint64_t, std::less<>> counters;  // as the device names them
};

// In the order of the command line, the units of the flash first, if there is one.
std::vector<DiskReport> report_disks(const MachineConfig& config, VirtioDevices& devices,
                                     const SystemFlash* flash);

}  // namespace vireo
