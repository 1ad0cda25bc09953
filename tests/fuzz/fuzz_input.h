// Turns a fuzzer's bytes into numbers; past the end everything is zero.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace vireo::fuzz {

class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : bytes_(data, size) {}

  bool empty() const { return bytes_.empty(); }

  template <typename T>
  T take() {
    T value{};
    const size_t count = std::min(sizeof value, bytes_.size());
    if (count > 0) std::memcpy(&value, bytes_.data(), count);
    bytes_ = bytes_.subspan(count);
    return value;
  }
  uint32_t below(uint32_t limit) { return take<uint16_t>() % limit; }
  // 1, 2, 4 or 8.
  unsigned width() { return 1u << (take<uint8_t>() & 3); }

 private:
  std::span<const uint8_t> bytes_;
};

}  // namespace vireo::fuzz
