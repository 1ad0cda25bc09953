#include "machine/host/random_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "machine/host/fd_io.h"
#include "machine/host/unique_fd.h"

namespace vireo {
namespace {

class HostRandomFile final : public RandomFile {
 public:
  HostRandomFile(UniqueFd fd, uint64_t size, std::string path)
      : fd_(std::move(fd)), size_(size), path_(std::move(path)) {}
  uint64_t size() const override { return size_; }
  Result<void> read(uint64_t offset, std::span<std::byte> out) override {
    return read_fully_at(fd_.get(), offset, out, path_);
  }
  std::string name() const override { return path_; }

 private:
  UniqueFd fd_;
  uint64_t size_;
  std::string path_;
};

}  // namespace

Result<std::unique_ptr<RandomFile>> open_random_file(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return errno_error("read", path, "check the path");
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return errno_error("read", path);
  if (!S_ISREG(status.st_mode)) return Error{fmt::format("{}: not a regular file", path)};
  return std::unique_ptr<RandomFile>(std::make_unique<HostRandomFile>(
      std::move(fd), static_cast<uint64_t>(status.st_size), path));
}

}  // namespace vireo
