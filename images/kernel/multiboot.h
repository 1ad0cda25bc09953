// Kernels of the multiboot specification, version 0.6.96 ("multiboot 1"): entered in 32-bit
// protected mode, with modules beside them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "images/kernel/linux_loader.h"
#include "machine/base/guest_memory.h"
#include "machine/base/result.h"

namespace vireo {

// Whether the file has a multiboot header where one may stand, in its first 8 KiB.
bool is_multiboot(std::span<const std::byte> file);

// Places the kernel, its modules behind it from page to page, and the boot information. The kernel
// is a 32-bit ELF file, or its header has the addresses. Its command line is its file's name and
// that of the request, as boot loaders give it.
Result<LoadedLinux> load_multiboot(const LinuxBootRequest& request, GuestMemory& memory);

// The modules that -initrd names for such a kernel, as QEMU takes them: "FILE TEXT,FILE TEXT", a
// comma in a name doubled. Each has the file's name up to the first blank.
struct ModuleName {
  std::string path;
  std::string text;  // with the path
};
std::vector<ModuleName> split_module_names(std::string_view option);

}  // namespace vireo
