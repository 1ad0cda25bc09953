// Linux's boot parameters, the "zero page" (Linux Documentation/arch/x86/
// zero-page.rst): what a boot loader tells the kernel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "images/kernel/setup_header.h"
#include "machine/base/guest_addr.h"
#include "machine/base/memory_map.h"

namespace vireo {

struct BootParamsInput {
  // From the bzImage; empty for a vmlinux, which then gets a header of the
  // newest protocol known here.
  std::span<const std::byte> setup_header;
  GuestAddr load_address;  // of the protected-mode code
  GuestAddr command_line;
  GuestAddr initrd;
  uint64_t initrd_size = 0;
  GuestAddr rsdp;
  std::span<const MemoryRange> memory_map;  // at most setup::kE820MaxEntries
};

using BootParams = std::array<std::byte, setup::kBootParamsBytes>;

BootParams make_boot_params(const BootParamsInput& input);

}  // namespace vireo
