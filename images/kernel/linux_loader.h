// The boot loader: places a Linux kernel, its initrd and the boot parameters in
// guest memory and says in which state a CPU enters it (Linux
// Documentation/arch/x86/boot.rst, "64-bit Boot Protocol" and "32-bit Boot
// Protocol", and zero-page.rst).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "images/kernel/decompress.h"
#include "images/kernel/entry_tables.h"
#include "machine/base/guest_memory.h"
#include "machine/base/memory_map.h"
#include "machine/base/result.h"

namespace vireo {

enum class KernelEntry {
  // Unpack on the host and enter the unpacked kernel: no guest work, no KASLR.
  // An image that holds no packed kernel is entered as it is.
  kFast,
  // Enter the image's own decompressor, which unpacks, relocates (KASLR) and
  // enters the kernel: what a PC's boot loader does.
  kOrdinary,
};

// A file beside a kernel, and the text that tells the kernel of it.
struct BootModule {
  std::string_view text;
  std::span<const std::byte> bytes;
};

// What to boot. All views are the caller's and only used during the call.
struct LinuxBootRequest {
  std::string_view kernel_name;       // for errors
  std::span<const std::byte> kernel;  // a bzImage or an ELF vmlinux (always entered directly)
  std::string_view initrd_name;       // for errors
  std::span<const std::byte> initrd;  // empty: none
  std::vector<BootModule> modules;   // of a multiboot kernel, which has no initrd
  std::string_view command_line;
  KernelEntry entry = KernelEntry::kFast;
  // Sorted and disjoint, as firmware reports it; becomes the e820 table.
  std::span<const MemoryRange> memory_map;
  // Told of the buffer (tens of MiB) that a kernel is unpacked into; may be null.
  BufferHint prepare_buffer = nullptr;
  GuestAddr rsdp;  // ACPI root pointer; 0 when the machine has no ACPI
};

// The state of the boot CPU at the entry: interrupts off, CS = code_selector,
// DS = ES = SS = data_selector, both flat. Registers not named are zero.
// 64-bit mode has paging on with the identity tables at cr3 (the first 4 GiB,
// 2 MiB pages); 32-bit protected mode has none.
struct LinuxEntryState {
  EntryMode mode = EntryMode::kLong;
  uint64_t rip = 0;
  uint64_t rsi = 0;  // boot_params
  uint64_t rax = 0, rbx = 0;  // what other protocols tell
  uint64_t rsp = 0;
  uint64_t cr3 = 0;
  uint64_t gdt_base = 0;
  uint16_t gdt_limit = 0;
  uint16_t code_selector = 0x10;  // __BOOT_CS: flat code
  uint16_t data_selector = 0x18;  // __BOOT_DS: flat writable data
};

struct LoadedLinux {
  LinuxEntryState cpu;
  MemoryRange kernel;   // memory taken by the kernel (kind kRam)
  MemoryRange initrd;   // size 0: none
  std::string version;  // the kernel's own words, or empty
};

// Errors (too little memory, a damaged file, too long a command line) name the
// thing and the cure; guest memory may then hold parts already placed.
Result<LoadedLinux> load_linux(const LinuxBootRequest& request, GuestMemory& memory);

}  // namespace vireo
