// Reading firmware tables back in tests.
#pragma once

#include <cstdint>
#include <cstring>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "machine/base/guest_memory.h"

namespace vireo::testing {

template <typename T>
T field(std::span<const uint8_t> bytes, size_t at) {
  T value{};
  if (at + sizeof(T) <= bytes.size()) std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

inline uint8_t byte_sum(std::span<const uint8_t> bytes) {
  return static_cast<uint8_t>(std::accumulate(bytes.begin(), bytes.end(), 0u));
}

inline std::string text_at(std::span<const uint8_t> bytes, size_t at, size_t length) {
  return std::string(reinterpret_cast<const char*>(bytes.data()) + at, length);
}

inline std::vector<uint8_t> read_guest(const GuestMemory& memory, GuestAddr at, size_t length) {
  std::vector<uint8_t> out(length);
  if (!memory.read_bytes(at, std::as_writable_bytes(std::span(out)))) out.clear();
  return out;
}

// An ACPI table in guest memory, by its own length field.
inline std::vector<uint8_t> read_table(const GuestMemory& memory, GuestAddr at) {
  return read_guest(memory, at, memory.read<uint32_t>(at + 4).value_or(0));
}

}  // namespace vireo::testing
