// What the CPU needs in memory at a kernel's entry: a GDT (SDM 3A section 3.5.1)
// and, in 64-bit mode, identity page tables (SDM 3A section 4.5).
#pragma once

#include <cstdint>

#include "machine/base/guest_memory.h"

namespace vireo {

// The tables map [0, kIdentityMapped) one to one, writable, with 2 MiB pages:
// these need no CPU feature, and nothing is loaded higher.
inline constexpr uint64_t kIdentityMapped = uint64_t{4} << 30;
inline constexpr uint64_t kIdentityTablesBytes = 6 * kPageSize;

// Writes the tables at `base` (page aligned), which becomes CR3. False when
// that is not RAM.
bool write_identity_tables(GuestMemory& memory, GuestAddr base);

inline constexpr uint16_t kBootCodeSelector = 0x10;  // __BOOT_CS
inline constexpr uint16_t kBootDataSelector = 0x18;  // __BOOT_DS
inline constexpr uint64_t kBootGdtBytes = 4 * 8;

enum class EntryMode {
  kProtected,  // 32-bit, without paging
  kLong,       // 64-bit
};

// Writes the GDT: two empty entries, flat code for the mode, flat data.
bool write_boot_gdt(GuestMemory& memory, GuestAddr base, EntryMode mode);

}  // namespace vireo
