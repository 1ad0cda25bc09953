// Building firmware tables: little-endian fields appended to bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace vireo {

class ByteWriter {
 public:
  // Each appends one field of the width that its name says.
  ByteWriter& u8(uint64_t value) { return put(static_cast<uint8_t>(value)); }
  ByteWriter& u16(uint64_t value) { return put(static_cast<uint16_t>(value)); }
  ByteWriter& u32(uint64_t value) { return put(static_cast<uint32_t>(value)); }
  ByteWriter& u64(uint64_t value) { return put(value); }
  ByteWriter& zeros(size_t count) {
    bytes_.resize(bytes_.size() + count);
    return *this;
  }
  ByteWriter& append(std::span<const uint8_t> bytes) {
    for (const uint8_t byte : bytes) bytes_.push_back(byte);
    return *this;
  }
  // Exactly `width` characters: cut, or padded with `fill`.
  ByteWriter& text(std::string_view text, size_t width, char fill = ' ') {
    for (size_t i = 0; i < width; ++i) u8(static_cast<uint8_t>(i < text.size() ? text[i] : fill));
    return *this;
  }
  // Overwrites one byte already there: lengths and checksums.
  void patch_u8(size_t at, uint8_t value) { bytes_[at] = value; }
  void patch_u32(size_t at, uint32_t value) { std::memcpy(&bytes_[at], &value, sizeof(value)); }

  size_t size() const { return bytes_.size(); }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  template <typename T>
  ByteWriter& put(T value) {
    // One by one: GCC 12 warns of an overflow that cannot be in vector::insert.
    for (size_t i = 0; i < sizeof(T); ++i) {
      bytes_.push_back(static_cast<uint8_t>(value >> (8 * i)));
    }
    return *this;
  }

  std::vector<uint8_t> bytes_;
};

// The byte which makes the sum of `bytes` and itself zero: ACPI's and SMBIOS's
// checksum.
inline uint8_t checksum_of(std::span<const uint8_t> bytes) {
  uint8_t sum = 0;
  for (uint8_t byte : bytes) sum = static_cast<uint8_t>(sum + byte);
  return static_cast<uint8_t>(-sum);
}

}  // namespace vireo
