#include "machine/host/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "machine/host/fd_io.h"

namespace vireo {
namespace {

constexpr mode_t kUsualMode = 0666;

// mkostemp makes files for their owner only; this is what a plain creation would give.
void allow_as_usual(int fd) {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::fchmod(fd, kUsualMode & ~mask);
}

}  // namespace

AtomicFile::AtomicFile(UniqueFd fd, std::string path, std::string temporary)
    : fd_(std::move(fd)), path_(std::move(path)), temporary_(std::move(temporary)) {}

Result<std::unique_ptr<AtomicFile>> AtomicFile::create(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return Error{fmt::format("{}: not a regular file; name another", path)};
  }
  std::string temporary = path + ".XXXXXX";
  UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return errno_error("create", path, "check the path");
  allow_as_usual(fd.get());
  return std::unique_ptr<AtomicFile>(new AtomicFile(std::move(fd), path, std::move(temporary)));
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

// The kernel may tell only now of a write that had no room.
Result<void> AtomicFile::commit() {
  if (::close(fd_.release()) != 0) return errno_error("write", path_, "make room there");
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) return errno_error("create", path_);
  temporary_.clear();
  return {};
}

Result<void> AtomicFile::read(uint64_t offset, std::span<std::byte> out) {
  return read_fully_at(fd_.get(), offset, out, path_);
}

Result<void> AtomicFile::write(uint64_t offset, std::span<const std::byte> in) {
  size_ = std::max(size_, offset + in.size());
  return write_fully_at(fd_.get(), offset, in, path_);
}

Result<void> AtomicFile::resize(uint64_t bytes) {
  if (::ftruncate(fd_.get(), static_cast<off_t>(bytes)) != 0) return errno_error("resize", path_);
  size_ = bytes;
  return {};
}

Result<void> AtomicFile::zero(uint64_t offset, uint64_t length, bool) {
  return write(offset, std::vector<std::byte>(length));
}

}  // namespace vireo
