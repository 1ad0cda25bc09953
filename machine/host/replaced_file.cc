#include "machine/host/replaced_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "machine/host/fd_io.h"

namespace vireo {
namespace {

constexpr mode_t kMode = 0666;

bool is_special(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
}

}  // namespace

Result<ReplacedFile> ReplacedFile::create(const std::string& path, const std::string& what) {
  ReplacedFile file(path, what + " " + path);
  if (is_special(path)) {
    file.fd_ = UniqueFd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.fd_.valid()) return file.failed();
    return file;
  }
  std::string name = fmt::format("{}.{}.new", path, ::getpid());
  file.fd_ = UniqueFd(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
  if (!file.fd_.valid()) return file.failed();
  file.temporary_ = std::move(name);
  return file;
}

ReplacedFile::ReplacedFile(ReplacedFile&& other) noexcept
    : path_(std::move(other.path_)),
      object_(std::move(other.object_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::move(other.fd_)) {}

ReplacedFile::~ReplacedFile() {
  if (!temporary_.empty()) (void)::unlink(temporary_.c_str());
}

Error ReplacedFile::failed() const {
  return errno_error("write the", object_, "check the path, and that there is room");
}

Result<void> ReplacedFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd_.get(), bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return failed();
    bytes = bytes.subspan(static_cast<size_t>(done));
  }
  return {};
}

Result<void> ReplacedFile::commit() {
  if (temporary_.empty()) return {};
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return failed();
  temporary_.clear();
  return {};
}

}  // namespace vireo
