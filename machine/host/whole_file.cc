#include "machine/host/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <optional>

#include "machine/host/fd_io.h"
#include "machine/host/unique_fd.h"

namespace vireo {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{4} << 30;
constexpr size_t kPipeStep = 1 << 20;

// Appends up to `step` bytes; false at the end of the file, nothing on error.
std::optional<bool> append(int fd, std::vector<std::byte>& bytes, size_t step) {
  const size_t before = bytes.size();
  bytes.resize(before + step);
  ssize_t got;
  do {
    got = ::read(fd, bytes.data() + before, step);
  } while (got < 0 && errno == EINTR);
  bytes.resize(before + static_cast<size_t>(got < 0 ? 0 : got));
  if (got < 0) return std::nullopt;
  return got > 0;
}

}  // namespace

Result<std::vector<std::byte>> read_whole_file(const std::string& path, const std::string& what) {
  const std::string object = what + " " + path;
  const std::string cure = "check the path given for the " + what;
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info;
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0) return errno_error("open", object, cure);
  const auto expected = static_cast<uint64_t>(S_ISREG(info.st_mode) ? info.st_size : 0);
  std::vector<std::byte> bytes;
  // One byte more than expected: the read that meets the end needs no growth.
  size_t step = expected != 0 && expected <= kMaxBytes ? expected + 1 : kPipeStep;
  for (;;) {
    if (bytes.size() > kMaxBytes) return Error{fmt::format("{}: larger than 4 GiB", object)};
    const std::optional<bool> more = append(fd.get(), bytes, step);
    if (!more) return errno_error("read", object, cure);
    if (!*more) return bytes;
    step = bytes.size() < expected ? expected - bytes.size() + 1 : kPipeStep;
    if (bytes.size() == expected) step = 1;
  }
}

}  // namespace vireo
