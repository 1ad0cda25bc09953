#include "machine/host/append_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "machine/host/fd_io.h"

namespace vireo {

Result<std::unique_ptr<AppendFile>> AppendFile::create(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd.valid()) return errno_error("create", path, "check the path");
  return std::unique_ptr<AppendFile>(new AppendFile(std::move(fd), path));
}

Result<void> AppendFile::append(std::span<const std::byte> piece) {
  if (failed_) return Error{path_ + ": cut short by an earlier error"};
  auto written = write_fully_at(fd_.get(), bytes_, piece, path_);
  if (written) {
    bytes_ += piece.size();
    return written;
  }
  failed_ = true;
  // A device such as /dev/full cannot be cut, and has kept nothing.
  [[maybe_unused]] const int cut = ::ftruncate(fd_.get(), static_cast<off_t>(bytes_));
  return written;
}

}  // namespace vireo
