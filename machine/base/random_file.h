// A file that is read at any offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "machine/base/result.h"

namespace vireo {

// Implemented by the host room and by tests; a DiskFile is one that can be written, too.
class RandomFile {
 public:
  virtual ~RandomFile() = default;
  virtual uint64_t size() const = 0;
  // All of `out`, from within [0, size()), or an error that names the file.
  virtual Result<void> read(uint64_t offset, std::span<std::byte> out) = 0;
  // What messages call it, usually the path.
  virtual std::string description() const = 0;
};

}  // namespace vireo
