// One function per device serves save and load: `visit(Archive&)` names each
// field once, so the two directions cannot drift apart.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace vireo {

// A flat little-endian byte stream, either being written or being read. Reading
// is hostile-safe: past the end it yields zeros and remembers that it failed;
// lengths are bounded by the caller. Sections, versions and checksums belong to
// the snapshot file that holds these streams.
class Archive {
 public:
  static Archive saver() { return Archive(true, {}); }
  static Archive loader(std::vector<std::byte> bytes) { return Archive(false, std::move(bytes)); }
  // The same for a run that goes on from here: see whole().
  static Archive whole_saver() { return Archive(true, {}, true); }
  static Archive whole_loader(std::vector<std::byte> bytes) {
    return Archive(false, std::move(bytes), true);
  }

  bool saving() const { return saving_; }
  // Whether it also holds what decides how the run goes on but is no state of the device
  // alone, such as the order of events of one moment. A state's hash leaves it out.
  bool whole() const { return whole_; }
  // False once a load ran past the end or met a length over its bound.
  bool ok() const { return ok_; }
  // True when a load consumed every byte.
  bool at_end() const { return position_ == bytes_.size(); }
  const std::vector<std::byte>& bytes() const { return bytes_; }

  // Integers, enums, bool and flat structs without padding.
  template <typename T>
    requires std::is_trivially_copyable_v<T>
  void io(T& value) {
    raw(std::as_writable_bytes(std::span(&value, 1)));
  }

  // A byte other than 0 and 1 in a damaged snapshot must not become a bool.
  void io(bool& value) {
    uint8_t byte = value ? 1 : 0;
    io(byte);
    if (byte > 1) fail();
    value = byte == 1;
  }

  template <typename T, size_t N>
    requires(!std::is_trivially_copyable_v<T>)
  void io(std::array<T, N>& values) {
    for (T& value : values) io(value);
  }

  // A vector of at most `max_size` elements.
  template <typename T>
  void io(std::vector<T>& values, uint32_t max_size) {
    uint32_t count = static_cast<uint32_t>(values.size());
    io(count);
    if (!saving_) {
      if (count > max_size) fail();
      values.assign(ok_ ? count : 0, T{});
    }
    for (T& value : values) io(value);
  }

  void io(std::string& text, uint32_t max_size) {
    std::vector<char> chars(text.begin(), text.end());
    io(chars, max_size);
    text.assign(chars.begin(), chars.end());
  }

  // A loading device calls this for a value that it cannot accept.
  void fail() { ok_ = false; }

 private:
  Archive(bool saving, std::vector<std::byte> bytes, bool whole = false)
      : saving_(saving), whole_(whole), bytes_(std::move(bytes)) {}

  void raw(std::span<std::byte> value) {
    if (saving_) {
      // Not vector::insert, for which GCC 12 warns of an overflow that cannot be.
      const size_t at = bytes_.size();
      bytes_.resize(at + value.size());
      std::memcpy(bytes_.data() + at, value.data(), value.size());
      return;
    }
    if (!ok_ || value.size() > bytes_.size() - position_) {
      ok_ = false;
      std::memset(value.data(), 0, value.size());
      return;
    }
    std::memcpy(value.data(), bytes_.data() + position_, value.size());
    position_ += value.size();
  }

  bool saving_;
  bool whole_;
  bool ok_ = true;
  std::vector<std::byte> bytes_;
  size_t position_ = 0;
};

}  // namespace vireo
