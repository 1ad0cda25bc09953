#include "machine/host/fd_io.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vireo {

Error errno_error(const std::string& action, const std::string& object, const std::string& cure) {
  const std::string reason = std::strerror(errno);
  return Error{
      fmt::format("cannot {} {}: {}{}{}", action, object, reason, cure.empty() ? "" : "; ", cure)};
}

Result<void> read_fully_at(int fd, uint64_t offset, std::span<std::byte> out,
                           const std::string& name) {
  while (!out.empty()) {
    const ssize_t got = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("read", name);
    if (got == 0) return Error{fmt::format("{}: ends before byte {}; was it cut?", name, offset)};
    offset += static_cast<uint64_t>(got);
    out = out.subspan(static_cast<size_t>(got));
  }
  return {};
}

Result<void> write_fully_at(int fd, uint64_t offset, std::span<const std::byte> in,
                            const std::string& name) {
  while (!in.empty()) {
    const ssize_t put = ::pwrite(fd, in.data(), in.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno_error("write", name, errno == ENOSPC ? "make room there" : "");
    offset += static_cast<uint64_t>(put);
    in = in.subspan(static_cast<size_t>(put));
  }
  return {};
}

}  // namespace vireo
