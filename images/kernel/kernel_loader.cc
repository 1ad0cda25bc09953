#include "images/kernel/kernel_loader.h"

#include "images/kernel/bzimage.h"
#include "images/kernel/multiboot.h"
#include "images/kernel/pvh.h"

namespace vireo {

Result<LoadedLinux> load_kernel(const LinuxBootRequest& request, GuestMemory& memory) {
  if (is_bzimage(request.kernel)) return load_linux(request, memory);
  if (is_multiboot(request.kernel)) return load_multiboot(request, memory);
  if (has_pvh_entry(request.kernel)) return load_pvh(request, memory);
  return load_linux(request, memory);
}

}  // namespace vireo
