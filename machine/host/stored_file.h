// A file that is read at offsets, and of which pages may become guest memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "machine/base/random_file.h"
#include "machine/base/result.h"
#include "machine/host/host_ram.h"
#include "machine/host/unique_fd.h"

namespace vireo {

class StoredFile final : public RandomFile {
 public:
  // Any regular file; not locked, as many processes may start from one.
  static Result<std::unique_ptr<StoredFile>> open(const std::string& path);

  // The RAM shows the file from `offset`, a multiple of the page size, on: pages are read when
  // they are touched, and copied when they are written. All of it must lie in the file, which
  // has something else than zeros in those `pieces` (of HostRam::kFilePiece) that are true.
  Result<void> show_in(HostRam& ram, uint64_t offset, std::vector<bool> pieces) const;

  uint64_t size() const override { return size_; }
  std::string description() const override { return path_; }
  Result<void> read(uint64_t offset, std::span<std::byte> out) override;

 private:
  StoredFile(UniqueFd fd, std::string path, uint64_t size);

  UniqueFd fd_;
  std::string path_;
  uint64_t size_;
};

}  // namespace vireo
