// A file that grows piece by piece, each of which is there whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "machine/base/result.h"
#include "machine/host/unique_fd.h"

namespace vireo {

class AppendFile {
 public:
  // Creates or empties a file.
  static Result<std::unique_ptr<AppendFile>> create(const std::string& path);

  // Hands the piece to the host at once, so that it outlives this process. When there is no room
  // for it, the file keeps the pieces before, and every later call fails as well.
  Result<void> append(std::span<const std::byte> piece);
  uint64_t bytes() const { return bytes_; }

 private:
  AppendFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  UniqueFd fd_;
  std::string path_;
  uint64_t bytes_ = 0;
  bool failed_ = false;
};

}  // namespace vireo
