#include "machine/host/stored_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "machine/host/fd_io.h"

namespace vireo {

StoredFile::StoredFile(UniqueFd fd, std::string path, uint64_t size)
    : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}

// O_NONBLOCK: opening a pipe would wait for its other end.
Result<std::unique_ptr<StoredFile>> StoredFile::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info;
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0) {
    return errno_error("open", path, "check the path");
  }
  if (!S_ISREG(info.st_mode)) return Error{fmt::format("{}: not a regular file", path)};
  return std::unique_ptr<StoredFile>(
      new StoredFile(std::move(fd), path, static_cast<uint64_t>(info.st_size)));
}

Result<void> StoredFile::show_in(HostRam& ram, uint64_t offset, std::vector<bool> pieces) const {
  return ram.show_file(fd_.get(), offset, path_, std::move(pieces));
}

Result<void> StoredFile::read(uint64_t offset, std::span<std::byte> out) {
  return read_fully_at(fd_.get(), offset, out, path_);
}

}  // namespace vireo
