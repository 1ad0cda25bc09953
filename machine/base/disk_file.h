// The file under a disk image: bytes at offsets, with nothing known of formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "machine/base/block_backend.h"
#include "machine/base/random_file.h"
#include "machine/base/result.h"

namespace vireo {

// Implemented by the host room (regular files, block devices) and by tests.
// Ranges lie within [0, size()) except for write, which may extend a growing
// file. Transfers are all or an error; errors name the file. Several threads may
// call at once, except for resize() and while a write makes the file grow.
class DiskFile : public RandomFile {
 public:
  virtual Result<void> write(uint64_t offset, std::span<const std::byte> in) = 0;
  // Everything written so far is on stable storage (fdatasync).
  virtual Result<void> sync() = 0;
  // Gives the range's space back where the host can; its content is undefined
  // afterwards. Success when the host cannot.
  virtual Result<void> discard(uint64_t offset, uint64_t length) = 0;
  // The range reads as zeros afterwards; its space may be freed if `may_unmap`.
  virtual Result<void> zero(uint64_t offset, uint64_t length, bool may_unmap) = 0;
  // Makes the file `bytes` long; new bytes read as zeros. The error says why it cannot be.
  virtual Result<void> resize(uint64_t bytes) = 0;
  // As BlockBackend::may_wait().
  virtual bool may_wait(BlockOperation, uint64_t /*offset*/, uint64_t /*length*/) { return false; }
};

}  // namespace vireo
