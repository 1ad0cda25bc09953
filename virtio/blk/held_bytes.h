// Bytes of a request that wait between the disk and the guest.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

namespace vireo {

// Not set to anything, and aligned so that a transfer past the host's page cache can use them.
class HeldBytes {
 public:
  HeldBytes() = default;
  explicit HeldBytes(size_t size) : size_(size) {
    if (size == 0) return;
    bytes_.reset(static_cast<std::byte*>(
        std::aligned_alloc(kAlignment, (size + kAlignment - 1) / kAlignment * kAlignment)));
    if (!bytes_) throw std::bad_alloc();
  }

  size_t size() const { return size_; }
  std::span<std::byte> all() { return {bytes_.get(), size_}; }

 private:
  static constexpr size_t kAlignment = 4096;
  struct Free {
    void operator()(std::byte* bytes) const { std::free(bytes); }
  };
  std::unique_ptr<std::byte, Free> bytes_;
  size_t size_ = 0;
};

}  // namespace vireo
