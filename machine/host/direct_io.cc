#include "machine/host/direct_io.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

#include "machine/host/fd_io.h"

namespace vireo {
namespace {

// A multiple of every logical block size in use (512 and 4096): being stricter
// than a disk needs only sends small requests through the page cache.
constexpr uint64_t kAlignment = 4096;
constexpr size_t kBounceBytes = 256 * 1024;

struct FreeBuffer {
  void operator()(std::byte* bytes) const { std::free(bytes); }
};
using Bounce = std::unique_ptr<std::byte, FreeBuffer>;

Bounce make_bounce(uint64_t bytes) {
  const size_t size = std::min<size_t>(bytes, kBounceBytes);
  auto* made = static_cast<std::byte*>(std::aligned_alloc(kAlignment, size));
  if (made == nullptr) throw std::bad_alloc();
  return Bounce(made);
}

bool aligned(const std::byte* bytes) {
  return reinterpret_cast<uintptr_t>(bytes) % kAlignment == 0;
}

}  // namespace

DirectIo::DirectIo(UniqueFd fd, uint64_t alignment, std::string name)
    : fd_(std::move(fd)), alignment_(alignment), name_(std::move(name)) {}

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
  if (aligned(out.data())) return read_fully_at(fd_.get(), offset, out, name_);
  const Bounce bounce = make_bounce(out.size());
  while (!out.empty()) {
    const size_t piece = std::min(out.size(), kBounceBytes);
    if (auto done = read_fully_at(fd_.get(), offset, {bounce.get(), piece}, name_); !done) {
      return done;
    }
    std::memcpy(out.data(), bounce.get(), piece);
    out = out.subspan(piece);
    offset += piece;
  }
  return {};
}

Result<void> DirectIo::write(uint64_t offset, std::span<const std::byte> in) {
  if (aligned(in.data())) return write_fully_at(fd_.get(), offset, in, name_);
  const Bounce bounce = make_bounce(in.size());
  while (!in.empty()) {
    const size_t piece = std::min(in.size(), kBounceBytes);
    std::memcpy(bounce.get(), in.data(), piece);
    if (auto done = write_fully_at(fd_.get(), offset, {bounce.get(), piece}, name_); !done) {
      return done;
    }
    in = in.subspan(piece);
    offset += piece;
  }
  return {};
}

}  // namespace vireo
