#include "machine/host/replaced_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "machine/host/fd_io.h"

namespace vireo {
namespace {

bool is_special(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
}

// Else errno says why not.
bool special_is_writable(const std::string& path) {
  if (::access((path + "/").c_str(), F_OK) != 0) return ::access(path.c_str(), W_OK) == 0;
  errno = EISDIR;
  return false;
}

Error failed(const std::string& object) {
  return errno_error("write the", object, "check the path, and that there is room");
}

}  // namespace

Result<void> ReplacedFile::check_place(const std::string& path, const std::string& what) {
  const bool good =
      is_special(path) ? special_is_writable(path) : FileBeside::create(path).has_value();
  return good ? Result<void>() : failed(what + " " + path);
}

Result<ReplacedFile> ReplacedFile::create(const std::string& path, const std::string& what) {
  const std::string object = what + " " + path;
  if (is_special(path)) {
    UniqueFd special(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!special.valid()) return failed(object);
    return ReplacedFile(std::nullopt, std::move(special), object);
  }
  auto file = FileBeside::create(path);
  if (!file) return failed(object);
  return ReplacedFile(std::move(file), UniqueFd(), object);
}

Result<void> ReplacedFile::write(std::span<const std::byte> bytes) {
  const int fd = file_ ? file_->fd() : special_.get();
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return failed(object_);
    bytes = bytes.subspan(static_cast<size_t>(done));
  }
  return {};
}

Result<void> ReplacedFile::commit() {
  if (!file_ || file_->put_in_place()) return {};
  return failed(object_);
}

}  // namespace vireo
