// The software TLB: host addresses of guest virtual pages, by access kind.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vireo {

// Page-aligned tags, one for each kind of access; kTlbInvalid (never a page
// address) where that kind must take the slow path. A store to a page that
// holds decoded code is such a case: its write tag stays invalid.
// Host address = addend + guest virtual address.
inline constexpr uint64_t kTlbInvalid = 1;

struct alignas(32) TlbEntry {
  uint64_t read_tag = kTlbInvalid;
  uint64_t write_tag = kTlbInvalid;
  uint64_t exec_tag = kTlbInvalid;
  uintptr_t addend = 0;
};

inline constexpr size_t kTlbEntries = 1024;

inline size_t tlb_index(uint64_t va) { return va >> 12 & (kTlbEntries - 1); }

// The page an access of `size` bytes at `va` must match: the page of its last
// byte, so that an access which crosses pages never matches its first page.
inline uint64_t tlb_tag(uint64_t va, unsigned size) { return (va + size - 1) & ~uint64_t{0xfff}; }

}  // namespace vireo
