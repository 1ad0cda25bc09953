// Numbers as image formats store them: the most significant byte first.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace vireo {

template <std::unsigned_integral T>
T byte_swapped(T value) {
  if constexpr (sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
}

// The caller knows that sizeof(T) bytes are there.
template <std::unsigned_integral T>
T load_big(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return byte_swapped(value);
}

template <std::unsigned_integral T>
void store_big(std::byte* to, T value) {
  value = byte_swapped(value);
  std::memcpy(to, &value, sizeof value);
}

}  // namespace vireo
