// Bounded reading and writing of a 9P message's fields: little-endian integers, strings with
// a 16-bit length, qids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "virtio/p9/p9_protocol.h"

namespace vireo {

// The fields of a request. Past its end everything reads as zero and empty, and ok() is false
// from then on; a handler takes all its fields, then looks once.
class P9Reader {
 public:
  explicit P9Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }

  template <typename T>
  T take() {
    static_assert(std::is_unsigned_v<T>);
    T value = 0;
    if (const auto field = bytes(sizeof(T)); ok_) std::memcpy(&value, field.data(), sizeof(T));
    return value;
  }
  std::string string();
  // The next `length` bytes, which live as long as the message.
  std::span<const std::byte> bytes(size_t length);

 private:
  std::span<const std::byte> bytes_;
  bool ok_ = true;
};

// An answer's fields behind its header. What does not fit is left out as a whole and fits()
// becomes false.
class P9Writer {
 public:
  // `room` is all the space behind the header.
  explicit P9Writer(std::span<std::byte> room) : room_(room) {}

  bool fits() const { return fits_; }
  size_t used() const { return used_; }
  size_t left() const { return room_.size() - used_; }

  template <typename T>
  void put(T value) {
    static_assert(std::is_unsigned_v<T>);
    bytes(std::as_bytes(std::span(&value, 1)));
  }
  void put(const p9::Qid& qid);
  void string(std::string_view text);
  void bytes(std::span<const std::byte> in);

  // For data read straight into the answer: the space left, then how much of it was filled.
  std::span<std::byte> space() { return room_.subspan(used_); }
  void advance(size_t length) { used_ += length; }
  void clear();

 private:
  std::span<std::byte> room_;
  size_t used_ = 0;
  bool fits_ = true;
};

}  // namespace vireo
