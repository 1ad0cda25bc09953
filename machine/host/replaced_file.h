// A file that appears whole or not at all.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "machine/base/result.h"
#include "machine/host/file_beside.h"
#include "machine/host/unique_fd.h"

namespace vireo {

// A FileBeside, so that nobody meets half of it and a failure leaves an earlier file as it was.
// Where something else than a regular file stands (a pipe, /dev/stdout), that is written to.
class ReplacedFile {
 public:
  // Finds out now whether it can be written. `what` names the file's role in errors.
  static Result<ReplacedFile> create(const std::string& path, const std::string& what);

  // Whether create() would succeed now. Nothing is opened that might wait.
  static Result<void> check_place(const std::string& path, const std::string& what);

  // Appends.
  Result<void> write(std::span<const std::byte> bytes);
  // Puts the file in its place.
  Result<void> commit();

 private:
  ReplacedFile(std::optional<FileBeside> file, UniqueFd special, std::string object)
      : file_(std::move(file)), special_(std::move(special)), object_(std::move(object)) {}

  std::optional<FileBeside> file_;
  UniqueFd special_;    // written to directly
  std::string object_;  // role and path
};

}  // namespace vireo
