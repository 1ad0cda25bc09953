// Finding files below a folder without ever leaving it: by openat2(2) where the kernel has it,
// else name by name.
#pragma once

#include <string>

#include "machine/host/unique_fd.h"

namespace vireo {

// A folder and the name of something in it, for the *at() system calls. For the root itself
// the name is ".".
class FolderPlace {
 public:
  FolderPlace(int root, std::string name) : folder_(root), name_(std::move(name)) {}
  FolderPlace(UniqueFd folder, std::string name)
      : owned_(std::move(folder)), folder_(owned_.get()), name_(std::move(name)) {}

  // False when the folder was not found; errno says why.
  bool found() const { return folder_ >= 0; }
  int folder() const { return folder_; }
  const char* name() const { return name_.c_str(); }

 private:
  UniqueFd owned_;
  int folder_;
  std::string name_;
};

// Paths are those of FileTree: names divided by single slashes. A symbolic link on the way is
// ENOTDIR; no name is ever looked up outside the root, whatever is renamed or replaced on the
// host meanwhile.
class FolderWalk {
 public:
  enum class Way { kAtOnce, kNameByName };

  explicit FolderWalk(UniqueFd root, Way way = Way::kAtOnce) : root_(std::move(root)), way_(way) {}

  // The place of a path's last name.
  FolderPlace place(const std::string& path);
  // Opens the file itself, never a symbolic link's target (ELOOP unless with O_PATH).
  UniqueFd open(const std::string& path, int flags, unsigned mode = 0);

  int root() const { return root_.get(); }

 private:
  UniqueFd folder(const std::string& path);
  UniqueFd folder_by_names(const std::string& path) const;

  UniqueFd root_;
  Way way_;
};

}  // namespace vireo
