// The file of an image format that grows: bytes at offsets, and where they end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "images/disk/disk.h"
#include "machine/base/disk_file.h"
#include "machine/base/result.h"

namespace vireo {

class ImageBytes {
 public:
  ImageBytes(std::unique_ptr<DiskFile> file, FlushPolicy flush)
      : file_(std::move(file)), flush_(flush), end_(file_->size()) {}

  uint64_t end() const { return end_; }
  std::string name() const { return file_->description(); }
  DiskFile& file() { return *file_; }

  // What begins before the end and reaches beyond it has zeros there, as the last part of a file
  // need not have been written. What begins at the end or later is missing: an error.
  Result<void> read(uint64_t offset, std::span<std::byte> out);
  Result<void> write(uint64_t offset, std::span<const std::byte> in);
  // What was written before is on stable storage before what comes, unless cache=unsafe.
  Result<void> barrier();
  // Gives room back; success whatever the host says.
  void discard(uint64_t offset, uint64_t length);

 private:
  std::unique_ptr<DiskFile> file_;
  FlushPolicy flush_;
  uint64_t end_;
};

}  // namespace vireo
