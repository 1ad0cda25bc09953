// Byte streams over a chain's memory: how a device reads a request and writes its
// answer, whatever descriptors the driver cut them into (VirtIO 1.4 section 2.7.4.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include "machine/base/guest_memory.h"
#include "virtio/queue/descriptor_chain.h"

namespace vireo {

// A position in a list of pieces with a bound on what is left. The list must outlive it.
class PieceCursor {
 public:
  explicit PieceCursor(std::span<const MemoryPiece> pieces);

  uint32_t remaining() const { return remaining_; }
  // The next contiguous run, at most `max` bytes and not past the bound; moves on.
  // Empty at the end or for max == 0.
  MemoryPiece next(uint32_t max);
  // Splits off the first `bytes` (or all that is left); this cursor moves behind them.
  PieceCursor take(uint32_t bytes);

 private:
  std::span<const MemoryPiece> pieces_;
  uint32_t offset_ = 0;  // into the first of pieces_
  uint32_t remaining_ = 0;
};

// Reads the device-readable part of a chain from its start. The chain and the memory
// must outlive it.
class ChainReader {
 public:
  ChainReader(const GuestMemory& memory, const DescriptorChain& chain)
      : memory_(memory), cursor_(chain.readable()) {}

  uint32_t remaining() const { return cursor_.remaining(); }

  // Fills `out`. False when fewer bytes are left (then nothing is consumed) or when
  // the RAM under them has gone.
  bool read(std::span<std::byte> out);

  // The next sizeof(T) bytes as a little-endian value.
  template <typename T>
  std::optional<T> read() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    if (!read(std::as_writable_bytes(std::span(&value, 1)))) return std::nullopt;
    return value;
  }

 private:
  const GuestMemory& memory_;
  PieceCursor cursor_;
};

// Writes the device-writable part of a chain from its start, or any part of it that
// was split off. The chain and the memory must outlive it.
class ChainWriter {
 public:
  ChainWriter(GuestMemory& memory, const DescriptorChain& chain)
      : memory_(memory), cursor_(chain.writable()) {}

  uint32_t remaining() const { return cursor_.remaining(); }
  // Bytes written through this writer (not through those split off from it).
  uint32_t written() const { return written_; }

  // Writes all of `in`. False when it does not fit (then nothing is written) or when
  // the RAM has gone; `written` then counts what got through.
  bool write(std::span<const std::byte> in);

  template <typename T>
  requires(std::is_trivially_copyable_v<T> &&
           !std::is_convertible_v<T, std::span<const std::byte>>) bool write(const T& value) {
    return write(std::as_bytes(std::span(&value, 1)));
  }

  // Splits off a writer for the first `bytes`; this one continues behind them. A
  // device whose answer ends in a status byte splits its data off first.
  ChainWriter take(uint32_t bytes) { return ChainWriter(memory_, cursor_.take(bytes)); }

 private:
  ChainWriter(GuestMemory& memory, PieceCursor cursor) : memory_(memory), cursor_(cursor) {}

  GuestMemory& memory_;
  PieceCursor cursor_;
  uint32_t written_ = 0;
};

}  // namespace vireo
