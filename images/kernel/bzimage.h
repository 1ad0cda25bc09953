// A Linux x86 kernel image, "bzImage": a boot sector with the setup header,
// real-mode code, and a protected-mode part that carries the compressed kernel.
// Source: Linux Documentation/arch/x86/boot.rst, boot protocol 2.02 to 2.15.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "machine/base/result.h"

namespace vireo {

// What a loader needs to know of a bzImage. Every span lies within the file's
// bytes, which the caller owns and keeps. Fields that the image's protocol is
// too old to have hold the value that boot.rst tells a loader to assume.
struct BzImage {
  uint16_t protocol = 0;  // 0x020f is 2.15
  // The setup header, to be copied to offset 0x1f1 of boot_params.
  std::span<const std::byte> setup_header;
  // What is loaded at the load address and entered (64-bit: at +0x200).
  std::span<const std::byte> protected_mode;
  // The compressed kernel within it; empty before protocol 2.08.
  std::span<const std::byte> payload;
  std::string version;  // "6.1.0-… (…) #1 SMP …"; empty when the image names none

  bool loaded_high = false;       // LOADED_HIGH: belongs at 1 MiB or above
  bool relocatable = false;       // may be loaded at another multiple of `alignment`
  uint32_t alignment = 0;         // kernel_alignment, bytes
  uint32_t code32_start = 0;      // where it wants to be entered; 0: in real mode only
  uint16_t xloadflags = 0;        // XLF_*
  uint32_t command_line_max = 0;  // cmdline_size: characters without the final NUL
  uint64_t initrd_addr_max = 0;   // highest address that a byte of the initrd may have
  uint64_t pref_address = 0;      // where it would like to be loaded, bytes
  // Bytes of memory from its run-time start that the kernel uses before it can
  // look at the memory map; 0 when the image does not say (before 2.10).
  uint32_t init_size = 0;

  // XLF_KERNEL_64: has the 64-bit entry at protected_mode + 0x200.
  bool has_64bit_entry() const { return (xloadflags & 1) != 0; }
};

// Whether the file carries the setup header's magic numbers, so that
// parse_bzimage's errors make sense for it.
bool is_bzimage(std::span<const std::byte> file);

// Checks every offset and length against the file. `name` is the file's name,
// for errors: truncated, too old, or garbage.
Result<BzImage> parse_bzimage(std::span<const std::byte> file, std::string_view name);

}  // namespace vireo
