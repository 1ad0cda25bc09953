// Where a loader puts kernels and its own structures in guest memory.
#pragma once

#include <span>
#include <string_view>

#include "images/kernel/elf.h"
#include "images/kernel/entry_tables.h"
#include "images/kernel/linux_loader.h"
#include "machine/base/guest_memory.h"
#include "machine/base/memory_map.h"
#include "machine/base/result.h"

namespace vireo::placing {

// The loader's own structures, in low memory where no kernel is loaded and
// where a decompressor does not unpack to. The stack is for guests which use
// one before they set up their own.
inline constexpr GuestAddr kGdt{0x1000};
inline constexpr GuestAddr kBootInfo{0x2000};  // boot_params, or what another protocol has for them
inline constexpr uint64_t kBootInfoBytes = 0x1000;
inline constexpr GuestAddr kPageTables{0x3000};  // of kernels entered with paging
inline constexpr GuestAddr kModuleList{0x3000};  // of kernels entered without
inline constexpr uint64_t kModuleListBytes = 0x6000;
inline constexpr GuestAddr kStackTop{0x1'0000};
inline constexpr GuestAddr kCommandLine{0x2'0000};
inline constexpr uint64_t kCommandLineRoom = 0x1'0000;
inline constexpr GuestAddr kBootAreaEnd{kCommandLine.value + kCommandLineRoom};
static_assert(kPageTables.value + kIdentityTablesBytes < kStackTop.value);

// Kernels and initrds live above the legacy hole.
inline constexpr GuestAddr kHighMemory{0x10'0000};
inline constexpr uint64_t kMiB = uint64_t{1} << 20;

bool is_ram(std::span<const MemoryRange> map, GuestAddr begin, GuestAddr end);

// Whether a kernel may take [begin, end): RAM above the loader's structures
// that the identity tables map.
bool usable(std::span<const MemoryRange> map, GuestAddr begin, GuestAddr end);

Error too_little_memory(std::string_view name, GuestAddr begin, GuestAddr end);

// Writes the segments of a kernel where they belong, if they are all usable.
Result<void> place_segments(const ElfKernel& elf, const LinuxBootRequest& request,
                            GuestMemory& memory);

// Whether the loader's structures have their memory.
Result<void> check_boot_area(const LinuxBootRequest& request);

// Writes `text` and a zero behind it to the command line's place; `most` is the longest that the
// kernel takes.
Result<void> place_command_line(const LinuxBootRequest& request, std::string_view text,
                                uint64_t most, GuestMemory& memory);

// The highest page-aligned place of `size` bytes of RAM in [floor, limit): kernels look for free
// memory from the bottom up.
std::optional<GuestAddr> find_high_place(std::span<const MemoryRange> map, uint64_t size,
                                         GuestAddr floor, GuestAddr limit);

// The state at an entry in 32-bit mode without paging; writes its GDT.
Result<LinuxEntryState> protected_entry(GuestAddr entry, GuestMemory& memory);

}  // namespace vireo::placing
