#include "machine/host/direct_io.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "machine/host/fd_io.h"

namespace vireo {
namespace {

// A multiple of every logical block size in use (512 and 4096): being stricter
// than a disk needs only sends small requests through the page cache.
constexpr uint64_t kAlignment = 4096;
constexpr size_t kBounceBytes = 256 * 1024;

}  // namespace

void DirectIo::FreeBuffer::operator()(std::byte* bytes) const { std::free(bytes); }

DirectIo::DirectIo(UniqueFd fd, uint64_t alignment, std::string name)
    : fd_(std::move(fd)),
      alignment_(alignment),
      name_(std::move(name)),
      bounce_(static_cast<std::byte*>(std::aligned_alloc(alignment, kBounceBytes))) {}

Result<std::unique_ptr<DirectIo>> DirectIo::open(const std::string& path, bool read_only) {
  const int mode = read_only ? O_RDONLY : O_RDWR;
  UniqueFd fd(::open(path.c_str(), mode | O_DIRECT | O_CLOEXEC));
  if (!fd.valid() && errno == EINVAL) {
    return Error{
        fmt::format("{}: its file system cannot bypass the page cache; use cache=writeback", path)};
  }
  if (!fd.valid()) return errno_error("open disk image", path);
  return std::unique_ptr<DirectIo>(new DirectIo(std::move(fd), kAlignment, path));
}

Result<void> DirectIo::read(uint64_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    const size_t piece = std::min(out.size(), kBounceBytes);
    if (auto done = read_fully_at(fd_.get(), offset, {bounce_.get(), piece}, name_); !done) {
      return done;
    }
    std::memcpy(out.data(), bounce_.get(), piece);
    out = out.subspan(piece);
    offset += piece;
  }
  return {};
}

Result<void> DirectIo::write(uint64_t offset, std::span<const std::byte> in) {
  while (!in.empty()) {
    const size_t piece = std::min(in.size(), kBounceBytes);
    std::memcpy(bounce_.get(), in.data(), piece);
    if (auto done = write_fully_at(fd_.get(), offset, {bounce_.get(), piece}, name_); !done) {
      return done;
    }
    in = in.subspan(piece);
    offset += piece;
  }
  return {};
}

}  // namespace vireo
