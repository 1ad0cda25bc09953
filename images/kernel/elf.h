// An ELF kernel for x86-64 (ELF64) or i386 (ELF32): Linux's vmlinux, or any
// other that is loaded at physical addresses (System V ABI, "Object Files";
// Linux's Documentation/x86).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "machine/base/guest_addr.h"
#include "machine/base/guest_memory.h"
#include "machine/base/result.h"

namespace vireo {

// A PT_LOAD segment. `data` lies within the file's bytes, which the caller
// owns; memory from data.size() to memory_size is zero. No sum overflows.
struct ElfSegment {
  GuestAddr physical;
  uint64_t virtual_address = 0;
  std::span<const std::byte> data;
  uint64_t memory_size = 0;

  GuestAddr end() const { return physical + memory_size; }
};

struct ElfKernel {
  bool is_64bit = true;  // the class of the file, and the mode that it is entered in
  // Where to enter, physical: an entry given as a virtual address has been
  // translated through its segment.
  GuestAddr entry;
  std::vector<ElfSegment> segments;  // sorted by physical address, disjoint, at least one
  // The 32-bit physical entry of a PVH kernel (note XEN_ELFNOTE_PHYS32_ENTRY).
  std::optional<uint32_t> pvh_entry;

  GuestAddr begin() const { return segments.front().physical; }
  GuestAddr end() const { return segments.back().end(); }
};

bool is_elf(std::span<const std::byte> file);

// Checks all headers against the file; bytes after the ELF's own (the
// relocations which Linux appends) are no error. `name` is for errors.
Result<ElfKernel> parse_elf(std::span<const std::byte> file, std::string_view name);

// Copies the segments into RAM and clears what they leave; pages that are zero
// there and here stay untouched. False when a segment does not lie in RAM.
bool load_elf(const ElfKernel& kernel, GuestMemory& memory);

}  // namespace vireo
