// Transfers past the host's page cache (O_DIRECT), which wants memory, offset
// and length in whole blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "machine/base/result.h"
#include "machine/host/unique_fd.h"

namespace vireo {

// Moves aligned pieces through one bounce buffer, so a guest's request of any
// size needs no more host memory than that buffer.
class DirectIo {
 public:
  // Opens `path` once more, with O_DIRECT. An error names the cure when the
  // file system has no such thing.
  static Result<std::unique_ptr<DirectIo>> open(const std::string& path, bool read_only);

  // Whether a transfer can go this way; the others take the page cache, which
  // the kernel keeps coherent with direct transfers.
  bool takes(uint64_t offset, uint64_t length) const {
    return offset % alignment_ == 0 && length % alignment_ == 0;
  }
  Result<void> read(uint64_t offset, std::span<std::byte> out);
  Result<void> write(uint64_t offset, std::span<const std::byte> in);

 private:
  struct FreeBuffer {
    void operator()(std::byte* bytes) const;
  };
  DirectIo(UniqueFd fd, uint64_t alignment, std::string name);

  UniqueFd fd_;
  uint64_t alignment_;
  std::string name_;
  std::unique_ptr<std::byte, FreeBuffer> bounce_;
};

}  // namespace vireo
