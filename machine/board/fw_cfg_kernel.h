// A kernel for firmware to start: the items by which it gets -kernel, -initrd and -append.
#pragma once

#include <string>

#include "machine/base/result.h"
#include "machine/board/machine_config.h"
#include "machine/devices/fw_cfg.h"
#include "machine/host/host_services.h"

namespace vireo {

// Puts them into `chip`, as QEMU does: a bzImage's real-mode part with the loader's answers in its
// header, what it loads high, initrd and command line, each with its place in memory, of which
// `low_ram_bytes` lie below the PCI hole. SeaBIOS starts them by an option ROM, which comes with
// QEMU: its path as of "bootorder" is returned, or nothing when the host does not have it. UEFI
// firmware reads them itself.
Result<std::string> add_kernel_items(FwCfg& chip, const KernelConfig& kernel,
                                     uint64_t low_ram_bytes, HostServices& host);

}  // namespace vireo
