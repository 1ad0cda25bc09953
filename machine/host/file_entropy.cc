#include "machine/host/file_entropy.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "machine/host/fd_io.h"
#include "machine/host/unique_fd.h"

namespace vireo {
namespace {

class FileEntropy final : public EntropySource {
 public:
  explicit FileEntropy(UniqueFd fd) : fd_(std::move(fd)) {}
  size_t fill(std::span<std::byte> out) override {
    const ssize_t given = ::read(fd_.get(), out.data(), out.size());
    return given < 0 ? 0 : static_cast<size_t>(given);
  }

 private:
  UniqueFd fd_;
};

}  // namespace

Result<std::unique_ptr<EntropySource>> open_file_entropy(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) {
    return errno_error("read random bytes from", path, "name a readable file, as /dev/urandom");
  }
  return std::unique_ptr<EntropySource>(std::make_unique<FileEntropy>(std::move(fd)));
}

}  // namespace vireo
