// Places a kernel of any format that is known, by what its file says: a multiboot header, a PVH
// note, or Linux's own protocols.
#pragma once

#include "images/kernel/linux_loader.h"
#include "machine/base/guest_memory.h"
#include "machine/base/result.h"

namespace vireo {

// As load_linux() promises. A Linux bzImage is one whatever else it holds; of the others a
// multiboot header comes before a PVH note, and an ELF file with neither is entered by Linux's
// 64-bit or 32-bit boot protocol.
Result<LoadedLinux> load_kernel(const LinuxBootRequest& request, GuestMemory& memory);

}  // namespace vireo
