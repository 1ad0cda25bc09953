// Guest physical addresses as a type of their own, so that a host pointer, a
// guest virtual address and a length cannot be taken for one another.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

namespace vireo {

inline constexpr uint64_t kPageSize = 4096;
inline constexpr uint64_t kPageMask = kPageSize - 1;

// A guest physical address in bytes. There is no implicit conversion from or
// to an integer; name `value` where a raw number is really meant.
struct GuestAddr {
  uint64_t value = 0;

  constexpr auto operator<=>(const GuestAddr&) const = default;

  // Address `bytes` further on, modulo 2^64; use checked_add where the guest
  // chose either number.
  constexpr GuestAddr operator+(uint64_t bytes) const { return GuestAddr{value + bytes}; }
  constexpr uint64_t operator-(GuestAddr other) const { return value - other.value; }

  // Address `bytes` further on, or nothing when that passes 2^64 - 1.
  constexpr std::optional<GuestAddr> checked_add(uint64_t bytes) const {
    if (value + bytes < value) return std::nullopt;
    return GuestAddr{value + bytes};
  }

  constexpr GuestAddr page() const { return GuestAddr{value & ~kPageMask}; }
  constexpr uint64_t page_offset() const { return value & kPageMask; }
};

}  // namespace vireo
