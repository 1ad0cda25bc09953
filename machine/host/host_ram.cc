#include "machine/host/host_ram.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "machine/host/fd_io.h"

namespace vireo {

HostRam::HostRam(HostRam&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      file_pieces_(std::move(other.file_pieces_)),
      file_(std::move(other.file_)) {}

HostRam& HostRam::operator=(HostRam&& other) noexcept {
  if (this != &other) {
    release();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    file_pieces_ = std::move(other.file_pieces_);
    file_ = std::move(other.file_);
  }
  return *this;
}

HostRam::~HostRam() { release(); }

void HostRam::release() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

void expect_bulk_write(std::byte* data, size_t size) {
  // Whole pages inside the range; where the host has no huge pages nothing happens.
  const uintptr_t first = (reinterpret_cast<uintptr_t>(data) + kPageMask) & ~kPageMask;
  const uintptr_t last = (reinterpret_cast<uintptr_t>(data) + size) & ~kPageMask;
  if (last > first) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

// Pages of a file come back with the file's bytes.
void release_pages(std::byte* data, uint64_t size) {
  ::madvise(data, size, MADV_DONTNEED);
  if (size == 0 || (data[0] == std::byte{0} && std::memcmp(data, data + 1, size - 1) == 0)) return;
  std::memset(data, 0, size);
}

Result<void> HostRam::take_over(HostRam other) {
  if (::mremap(other.data_, size_, size_, MREMAP_MAYMOVE | MREMAP_FIXED, data_) == MAP_FAILED) {
    return errno_error("map", "guest memory");
  }
  other.data_ = nullptr;
  file_pieces_ = std::move(other.file_pieces_);
  file_ = {};
  return {};
}

Result<void> HostRam::show_file(int fd, uint64_t offset, const std::string& name,
                                std::vector<bool> pieces) {
  void* data = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd,
                      static_cast<off_t>(offset));
  if (data == MAP_FAILED) return errno_error("map", name);
  HostRam view(static_cast<std::byte*>(data), size_);
  view.file_pieces_ = std::move(pieces);
  auto taken = take_over(std::move(view));
  if (taken) file_ = FileMapping(data_, size_, name);
  return taken;
}

bool HostRam::begins_as_zeros(uint64_t offset, uint64_t length) const {
  for (uint64_t at = offset / kFilePiece; at * kFilePiece < offset + length; ++at) {
    if (at < file_pieces_.size() && file_pieces_[at]) return false;
  }
  return true;
}

void HostRam::expect_bulk_write(uint64_t offset, uint64_t size) {
  if (offset >= size_) return;
  vireo::expect_bulk_write(data_ + offset, std::min(size, size_ - offset));
}

namespace {

constexpr uint64_t kHugePage = uint64_t{2} << 20;

// The rest of a larger mapping goes back, so that guest physical and host
// addresses agree modulo a huge page.
std::byte* trim_to_alignment(std::byte* data, uint64_t mapped, uint64_t size) {
  const uint64_t skip = -reinterpret_cast<uintptr_t>(data) & (kHugePage - 1);
  if (skip > 0) ::munmap(data, skip);
  if (mapped > skip + size) ::munmap(data + skip + size, mapped - skip - size);
  return data + skip;
}

}  // namespace

Result<HostRam> HostRam::allocate(uint64_t bytes) {
  const uint64_t size = (bytes + kPageMask) & ~kPageMask;
  const uint64_t mapped = size + kHugePage;
  void* data = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) {
    return errno_error("get", fmt::format("{} MiB of guest memory", size >> 20),
                       "give less with -m, or raise ulimit -v");
  }
  return HostRam(trim_to_alignment(static_cast<std::byte*>(data), mapped, size), size);
}

RamRegion HostRam::region(GuestAddr base, uint64_t offset, uint64_t size) const {
  return RamRegion{base, size, data_ + offset};
}

}  // namespace vireo
