// A file that appears whole or not at all.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "machine/base/result.h"
#include "machine/host/unique_fd.h"

namespace vireo {

// Written beside its place under another name and renamed into it at the end, so that nobody
// meets half of it and a failure leaves an earlier file as it was. Where something else than a
// regular file stands (a pipe, /dev/stdout) it is written to directly.
class ReplacedFile {
 public:
  // Finds out now whether it can be written. `what` names the file's role in errors.
  static Result<ReplacedFile> create(const std::string& path, const std::string& what);

  ReplacedFile(ReplacedFile&& other) noexcept;
  ReplacedFile& operator=(ReplacedFile&&) = delete;
  // What was not committed is removed.
  ~ReplacedFile();

  int fd() const { return fd_.get(); }
  // Appends.
  Result<void> write(std::span<const std::byte> bytes);
  // Puts the file in its place.
  Result<void> commit();

 private:
  ReplacedFile(std::string path, std::string object) : path_(path), object_(object) {}
  Error failed() const;

  std::string path_;
  std::string object_;     // role and path
  std::string temporary_;  // empty: written directly, or in its place
  UniqueFd fd_;
};

}  // namespace vireo
