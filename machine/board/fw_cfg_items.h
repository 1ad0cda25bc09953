// What the firmware configuration device of this machine tells.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/platform_description.h"
#include "machine/base/result.h"
#include "machine/board/core.h"
#include "machine/board/machine_config.h"
#include "machine/devices/fw_cfg.h"
#include "machine/host/host_services.h"

namespace vireo {

// The device with its ports, in a machine that starts in firmware or has files of -fw_cfg.
struct FwCfgOnBoard {
  std::unique_ptr<FwCfg> chip;  // null: nobody needs it
  IoMapping ports, dma_ports;

  static bool wanted(const MachineConfig& config) {
    return config.firmware.run() || !config.fw_cfg_files.empty();
  }
  // `boot_order` is the content of the file of that name (boot_order.h).
  Result<void> create(const MachineConfig& config, const PlatformDescription& platform,
                      std::string_view boot_order, MachineCore& core, HostServices& host);
  // Option ROMs by their names, for a BIOS to run. Without the device they are left out.
  Result<void> add_roms(const std::map<std::string, std::vector<std::byte>>& roms);
  // A number for all that it tells: tables, a kernel for firmware to start, files of -fw_cfg.
  uint64_t content_hash() const;
};

// Keys and file names are QEMU's. ACPI and SMBIOS tables are there for a firmware to place them.
// An error when a file of -fw_cfg cannot be read, or has the name of one of the machine's own.
Result<void> fill_fw_cfg(FwCfg& chip, const MachineConfig& config,
                         const PlatformDescription& platform, std::string_view boot_order,
                         HostServices& host);

}  // namespace vireo
