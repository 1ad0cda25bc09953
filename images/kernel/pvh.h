// Kernels that are entered by their PVH note: in 32-bit protected mode without paging, with a start
// info structure (Xen, "x86/HVM direct boot ABI", docs/misc/pvh.pandoc and
// xen/include/public/arch-x86/hvm/start_info.h, version 1).
#pragma once

#include <span>

#include "images/kernel/elf.h"
#include "images/kernel/linux_loader.h"
#include "machine/base/guest_memory.h"
#include "machine/base/result.h"

namespace vireo {

// Whether an ELF file has the note. False for a damaged one.
bool has_pvh_entry(std::span<const std::byte> file);

// Places the kernel, its command line, the initrd as the one module, and the start info. `file` of
// the request has the note.
Result<LoadedLinux> load_pvh(const LinuxBootRequest& request, GuestMemory& memory);

}  // namespace vireo
