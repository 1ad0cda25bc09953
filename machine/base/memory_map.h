// The machine's physical memory map as firmware reports it to an operating
// system (ACPI 6.5 section 15, "System Address Map Interfaces").
#pragma once

#include <cstdint>
#include <vector>

#include "machine/base/guest_addr.h"

namespace vireo {

// Values are the address range types of ACPI 6.5 table 15.2, which are also
// those of Linux's e820 table and of PVH.
enum class MemoryKind : uint32_t {
  kRam = 1,
  kReserved = 2,
  kAcpiData = 3,  // ACPI tables: an operating system may reuse it once it has read them
  kAcpiNvs = 4,   // ACPI memory that must survive sleep
};

// [base, base + size), in bytes. Ranges of one map are sorted and disjoint;
// addresses in no range are holes.
struct MemoryRange {
  GuestAddr base;
  uint64_t size = 0;
  MemoryKind kind = MemoryKind::kReserved;

  constexpr GuestAddr end() const { return base + size; }
  bool operator==(const MemoryRange&) const = default;
};

using MemoryMap = std::vector<MemoryRange>;

}  // namespace vireo
