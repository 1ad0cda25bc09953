// Where a disk's bytes live: a file, a block device, an overlay, a test's vector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "machine/base/result.h"

namespace vireo {

enum class BlockOperation : uint8_t { kRead, kWrite, kFlush, kDiscard, kWriteZeroes };

// Byte-addressed storage. Every range is within [0, size()); callers check the
// guest's numbers first. Errors say what failed; the device turns them into an
// I/O error for the guest. Calls are synchronous: the device decides at which
// virtual time their effect is announced, and on which thread they are made. Calls come
// one at a time, and so do those that say what the disk is, unless concurrent().
class BlockBackend {
 public:
  virtual ~BlockBackend() = default;
  // Size in bytes, a multiple of 512.
  virtual uint64_t size() const = 0;
  virtual bool read_only() const = 0;
  virtual Result<void> read(uint64_t offset, std::span<std::byte> out) = 0;
  virtual Result<void> write(uint64_t offset, std::span<const std::byte> in) = 0;
  // Returns once everything written before is on stable storage (or at once
  // where the user asked for cache=unsafe).
  virtual Result<void> flush() = 0;
  // The range's content no longer matters; may do nothing.
  virtual Result<void> discard(uint64_t offset, uint64_t length) = 0;
  // The range reads as zeros afterwards; with `may_unmap` its space may be freed.
  virtual Result<void> write_zeroes(uint64_t offset, uint64_t length, bool may_unmap) = 0;
  // Changes size() while a machine runs, by a command of the user; new bytes read as zeros,
  // those cut off are lost. `bytes` is a multiple of 512 and not 0. The error says why it
  // cannot be; the size is the old one then.
  virtual Result<void> resize(uint64_t bytes) = 0;
  // Whether the operation may have to wait for more than the host's memory: then it is better
  // made on a thread that can wait. A guess: it never changes what the operation does.
  virtual bool may_wait(BlockOperation, uint64_t /*offset*/, uint64_t /*length*/) { return false; }
  // Whether several threads may call at once, except for resize().
  virtual bool concurrent() const { return false; }
  // What error messages and `info block` call it, usually the file name.
  virtual std::string description() const = 0;
};

}  // namespace vireo
