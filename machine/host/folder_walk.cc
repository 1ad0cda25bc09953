#include "machine/host/folder_walk.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace vireo {
namespace {

constexpr int kFolderFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

int open_beneath(int root, const char* path) {
  open_how how{};
  how.flags = kFolderFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const int fd = static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof how));
  if (fd < 0 && errno == ELOOP) errno = ENOTDIR;
  return fd;
}

// An old kernel, or a filter of system calls that does not know this one.
bool no_such_call() { return errno == ENOSYS || errno == EPERM; }

}  // namespace

UniqueFd FolderWalk::folder(const std::string& path) {
  if (way_ == Way::kAtOnce) {
    UniqueFd found(open_beneath(root_.get(), path.c_str()));
    if (found.valid() || !no_such_call()) return found;
    way_ = Way::kNameByName;
  }
  return folder_by_names(path);
}

UniqueFd FolderWalk::folder_by_names(const std::string& path) const {
  UniqueFd at;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    at = UniqueFd(::openat(at.valid() ? at.get() : root_.get(), name.c_str(), kFolderFlags));
    if (!at.valid()) break;
    begin = end + 1;
  }
  return at;
}

FolderPlace FolderWalk::place(const std::string& path) {
  if (path.empty()) return {root_.get(), "."};
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {root_.get(), path};
  return {folder(path.substr(0, slash)), path.substr(slash + 1)};
}

UniqueFd FolderWalk::open(const std::string& path, int flags, unsigned mode) {
  const FolderPlace at = place(path);
  if (!at.found()) return {};
  return UniqueFd(::openat(at.folder(), at.name(), flags | O_NOFOLLOW | O_CLOEXEC, mode));
}

}  // namespace vireo
