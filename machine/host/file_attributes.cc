#include "machine/host/file_attributes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "machine/host/host_file.h"

namespace vireo {
namespace {

constexpr std::string_view kPrefix = "user.";
constexpr size_t kMaxBytes = 64 << 10;  // Linux's own limit of a value and of a list

// The calls that change a file through a descriptor refuse one from O_PATH; this name of it
// leads to the very file, whatever became of its own name.
std::string name_of(const UniqueFd& file) { return fmt::format("/proc/self/fd/{}", file.get()); }

bool allowed(const std::string& name) { return name.starts_with(kPrefix); }

}  // namespace

Errno set_permissions(const FolderPlace& at, uint32_t permissions) {
  const UniqueFd file(::openat(at.folder(), at.name(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat found;
  if (!file.valid() || ::fstat(file.get(), &found) != 0) return last_errno();
  if (S_ISLNK(found.st_mode)) return Errno::kNotSupported;
  if ((found.st_mode & file_mode::kPermissions) == permissions) return Errno::kNone;
  return ::chmod(name_of(file).c_str(), permissions) == 0 ? Errno::kNone : last_errno();
}

FileResult<std::vector<std::string>> list_file_attributes(const UniqueFd& file) {
  if (!file.valid()) return last_errno();
  std::string list(kMaxBytes, '\0');
  const ssize_t length = ::listxattr(name_of(file).c_str(), list.data(), list.size());
  if (length < 0) return last_errno();
  std::vector<std::string> names;
  for (size_t at = 0; at < static_cast<size_t>(length);) {
    const std::string name = list.c_str() + at;
    if (allowed(name)) names.push_back(name);
    at += name.size() + 1;
  }
  std::sort(names.begin(), names.end());
  return names;
}

FileResult<std::vector<std::byte>> file_attribute(const UniqueFd& file, const std::string& name) {
  if (!file.valid()) return last_errno();
  if (!allowed(name)) return Errno::kNoData;
  std::vector<std::byte> value(kMaxBytes);
  const ssize_t length =
      ::getxattr(name_of(file).c_str(), name.c_str(), value.data(), value.size());
  if (length < 0) return last_errno();
  value.resize(static_cast<size_t>(length));
  return value;
}

Errno set_file_attribute(const UniqueFd& file, const std::string& name,
                         std::span<const std::byte> value, uint32_t flags) {
  if (!file.valid()) return last_errno();
  if (!allowed(name)) return Errno::kNotSupported;
  const int done = ::setxattr(name_of(file).c_str(), name.c_str(), value.data(), value.size(),
                              static_cast<int>(flags));
  return done == 0 ? Errno::kNone : last_errno();
}

Errno remove_file_attribute(const UniqueFd& file, const std::string& name) {
  if (!file.valid()) return last_errno();
  if (!allowed(name)) return Errno::kNoData;
  const int done = ::removexattr(name_of(file).c_str(), name.c_str());
  return done == 0 ? Errno::kNone : last_errno();
}

}  // namespace vireo
