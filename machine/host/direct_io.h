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

// Moves aligned memory as it is, and other memory through a bounce buffer, so that a
// transfer of any size needs no more host memory than that. Several threads may call.
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
  DirectIo(UniqueFd fd, uint64_t alignment, std::string name);

  UniqueFd fd_;
  uint64_t alignment_;
  std::string name_;
};

}  // namespace vireo
