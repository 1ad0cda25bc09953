// A file that appears whole or not at all.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "machine/base/disk_file.h"
#include "machine/base/result.h"
#include "machine/host/file_beside.h"

namespace vireo {

// A FileBeside that is written at any offset. Without commit() nothing is left. What is not
// written reads as zeros and takes no room.
class AtomicFile final : public DiskFile {
 public:
  static Result<std::unique_ptr<AtomicFile>> create(const std::string& path);

  // Gives the file its name.
  Result<void> commit();

  uint64_t size() const override { return size_; }
  std::string description() const override { return path_; }
  Result<void> read(uint64_t offset, std::span<std::byte> out) override;
  Result<void> write(uint64_t offset, std::span<const std::byte> in) override;
  Result<void> resize(uint64_t bytes) override;
  Result<void> sync() override { return {}; }
  Result<void> discard(uint64_t, uint64_t) override { return {}; }
  Result<void> zero(uint64_t offset, uint64_t length, bool may_unmap) override;

 private:
  AtomicFile(FileBeside file, std::string path);

  FileBeside file_;
  std::string path_;
  uint64_t size_ = 0;
};

}  // namespace vireo
