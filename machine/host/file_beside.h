// Where a file is first made that takes the place of another, or a new name, when it is whole.
#pragma once

#include <optional>
#include <string>

#include "machine/host/unique_fd.h"

namespace vireo {

// What was in the place stays until then, also for those who have it open afterwards. A file that
// is not put in its place is removed.
class FileBeside {
 public:
  // Open for reading and writing, with the permissions of the file in the place, or the usual
  // ones. Where the place is a link it is the file that the link leads to which is replaced.
  // Nothing, with errno set, where no file can be made.
  static std::optional<FileBeside> create(const std::string& place);

  FileBeside(FileBeside&& other) noexcept;
  FileBeside& operator=(FileBeside&&) = delete;
  ~FileBeside();

  int fd() const { return fd_.get(); }
  // Closes the file and moves it. False, with errno set, when the host could not keep all of it
  // (it may tell so only now) or not move it.
  bool put_in_place();

 private:
  FileBeside(UniqueFd fd, std::string name, std::string place);

  UniqueFd fd_;
  std::string name_;  // empty once it is in its place
  std::string place_;
};

}  // namespace vireo
