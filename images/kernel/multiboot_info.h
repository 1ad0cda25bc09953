// The boot information of multiboot: memory, command line and modules (Multiboot Specification
// 0.6.96 section 3.3).
#pragma once

#include <span>

#include "images/kernel/linux_loader.h"
#include "machine/base/guest_memory.h"
#include "machine/base/result.h"

namespace vireo {

// Writes it to placing::kBootInfo. `modules` are where those of the request were placed, in their
// order.
Result<void> write_multiboot_info(const LinuxBootRequest& request,
                                  std::span<const MemoryRange> modules, GuestMemory& memory);

}  // namespace vireo
