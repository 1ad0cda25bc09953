// What is in the machine when its processor starts: firmware tables and a
// kernel in memory, the processor at the kernel's entry.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "firmware/firmware.h"
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
  // Reads the files when they are first placed, unless read() came before; they may be missing
  // until then.
  static std::unique_ptr<Boot> later(const MachineConfig& config, HostServices& host);

  // An error when there is no kernel to boot.
  Result<void> read();

  // A number for the content of kernel and initrd; 0 before they are read.
  uint64_t content_hash() const { return content_hash_; }

  // Places everything in memory and sets up the processor; a reset does it
  // again. `last` gives the files' memory back afterwards.
  Result<void> place(const PlatformDescription& platform, GuestMemory& memory,
                     Processors& processors, bool last);

 private:
  Boot(const KernelConfig& config, HostServices& host) : config_(config), host_(host) {}
  Result<void> read_files();
  Result<void> read_modules();
  uint64_t hash_of_files() const;
  LinuxBootRequest request(const InstalledFirmware& firmware) const;

  KernelConfig config_;
  HostServices& host_;
  bool read_ = false;
  uint64_t content_hash_ = 0;
  std::vector<std::byte> kernel_;
  std::vector<std::byte> initrd_;
  struct Module {
    std::string text;
    std::vector<std::byte> bytes;
  };
  std::vector<Module> modules_;  // of a multiboot kernel, in place of an initrd
};

// The processor's state at a Linux entry (linux_loader.h).
void enter_linux(Cpu& cpu, const LinuxEntryState& state);

}  // namespace vireo
