// Texts and numbers as the bytes that a guest or a file sees.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace vireo {

// Without a NUL at the end.
inline std::vector<std::byte> text_bytes(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// The low `bytes` of a number, least significant first.
inline std::vector<std::byte> little_endian_bytes(uint64_t value, unsigned bytes) {
  std::vector<std::byte> out;
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
  return out;
}

// Puts the low `bytes` of a number behind what is there, most significant first.
inline void append_big_endian(std::vector<std::byte>& out, uint64_t value, unsigned bytes) {
  while (bytes-- > 0) out.push_back(static_cast<std::byte>(value >> (8 * bytes)));
}

}  // namespace vireo
