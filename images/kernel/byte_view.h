// Reading little-endian fields out of a file that may be truncated or hostile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

namespace vireo {

class ByteView {
 public:
  explicit ByteView(std::span<const std::byte> bytes) : bytes_(bytes) {}

  uint64_t size() const { return bytes_.size(); }
  bool has(uint64_t offset, uint64_t length) const {
    return offset <= bytes_.size() && length <= bytes_.size() - offset;
  }
  // The field at `offset`, or zero when it is not all there.
  template <typename T>
  T get(uint64_t offset) const {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    if (has(offset, sizeof(T))) std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }
  std::optional<std::span<const std::byte>> slice(uint64_t offset, uint64_t length) const {
    if (!has(offset, length)) return std::nullopt;
    return bytes_.subspan(offset, length);
  }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace vireo
