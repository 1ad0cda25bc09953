#include "machine/host/atomic_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "machine/host/fd_io.h"

namespace vireo {

AtomicFile::AtomicFile(FileBeside file, std::string path)
    : file_(std::move(file)), path_(std::move(path)) {}

Result<std::unique_ptr<AtomicFile>> AtomicFile::create(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return Error{fmt::format("{}: not a regular file; name another", path)};
  }
  auto file = FileBeside::create(path);
  if (!file) return errno_error("create", path, "check the path");
  return std::unique_ptr<AtomicFile>(new AtomicFile(std::move(*file), path));
}

Result<void> AtomicFile::commit() {
  if (file_.put_in_place()) return {};
  return errno_error("write", path_, errno == ENOSPC ? "make room there" : "");
}

Result<void> AtomicFile::read(uint64_t offset, std::span<std::byte> out) {
  return read_fully_at(file_.fd(), offset, out, path_);
}

Result<void> AtomicFile::write(uint64_t offset, std::span<const std::byte> in) {
  size_ = std::max(size_, offset + in.size());
  return write_fully_at(file_.fd(), offset, in, path_);
}

Result<void> AtomicFile::resize(uint64_t bytes) {
  if (::ftruncate(file_.fd(), static_cast<off_t>(bytes)) != 0) return errno_error("resize", path_);
  size_ = bytes;
  return {};
}

Result<void> AtomicFile::zero(uint64_t offset, uint64_t length, bool) {
  return write(offset, std::vector<std::byte>(length));
}

}  // namespace vireo
