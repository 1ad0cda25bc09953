// Unpacking a bzImage's payload on the host, which spares the guest the
// hundreds of millions of instructions of doing it itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "machine/base/result.h"

namespace vireo {

// The formats that Linux's build can choose (CONFIG_KERNEL_*).
enum class Compression { kGzip, kXz, kLz4, kZstd, kBzip2, kLzma, kLzo, kUnknown };

// Tells a format by its first bytes.
Compression detect_compression(std::span<const std::byte> payload);

// Told of memory before it is filled.
using BufferHint = void (*)(std::byte* bytes, size_t size);

// Bytes that are written before they are read: unlike a vector's, the memory is
// not cleared first, which would touch each page of a large kernel twice.
class ByteBuffer {
 public:
  ByteBuffer() = default;
  // `prepare`, if any, is told of the memory before it is touched: the host may
  // back it by large pages.
  explicit ByteBuffer(size_t size, BufferHint prepare = nullptr)
      : bytes_(std::make_unique_for_overwrite<std::byte[]>(size)), size_(size) {
    if (prepare != nullptr) prepare(bytes_.get(), size_);
  }
  std::span<std::byte> span() { return {bytes_.get(), size_}; }
  std::span<const std::byte> span() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  size_t size_ = 0;
};

// No kernel unpacks to more than this, whatever its header claims.
inline constexpr uint64_t kMaxUnpackedKernel = uint64_t{1} << 30;

// Unpacks gzip, xz, lz4 (legacy frame) or zstd. The last four bytes of a
// payload are the unpacked size, little-endian (for gzip they belong to the
// stream, for the others Linux's build appends them); the result has exactly
// that size, at most `limit` bytes. Errors name `name` and the cure; for
// bzip2, lzma and lzo that is the guest's own decompressor.
Result<ByteBuffer> unpack_kernel(std::span<const std::byte> payload, uint64_t limit,
                                 std::string_view name, BufferHint prepare = nullptr);

}  // namespace vireo
