// What is in the machine when its processor starts: firmware tables and a Linux
// kernel in memory, the processor at the kernel's entry.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "firmware/platform_description.h"
#include "images/kernel/linux_loader.h"
#include "machine/base/guest_memory.h"
#include "machine/base/result.h"
#include "machine/board/machine_config.h"
#include "machine/board/processors.h"
#include "machine/host/host_services.h"

namespace vireo {

class Boot {
 public:
  // Reads the files. An error when there is no kernel to boot.
  static Result<std::unique_ptr<Boot>> create(const MachineConfig& config, HostServices& host);

  // Places everything in memory and sets up the processor; a reset does it
  // again. `last` gives the files' memory back afterwards.
  Result<void> place(const PlatformDescription& platform, GuestMemory& memory,
                     Processors& processors, bool last);

 private:
  explicit Boot(const KernelConfig& config) : config_(config) {}

  KernelConfig config_;
  std::vector<std::byte> kernel_;
  std::vector<std::byte> initrd_;
};

// The processor's state at a Linux entry (linux_loader.h).
void enter_linux(Cpu& cpu, const LinuxEntryState& state);

}  // namespace vireo
