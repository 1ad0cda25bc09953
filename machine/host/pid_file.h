// The number of this process in a file, for scripts that start and end it.
#pragma once

#include <string>

#include "machine/base/result.h"

namespace vireo {

// The file is there, with the number and a newline, as long as this lives.
class PidFile {
 public:
  // An empty path: no file is wanted.
  static Result<PidFile> create(const std::string& path);
  PidFile(PidFile&& other) noexcept;
  PidFile& operator=(PidFile&&) = delete;
  ~PidFile();

 private:
  explicit PidFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace vireo
