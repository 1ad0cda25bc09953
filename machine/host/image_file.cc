#include "machine/host/image_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "machine/host/direct_io.h"
#include "machine/host/fd_io.h"
#include "machine/host/file_lock.h"
#include "machine/host/slow_writes.h"
#include "machine/host/unique_fd.h"
#include "machine/host/wall_clock.h"

namespace vireo {
namespace {

Result<uint64_t> size_of(int fd, bool block_device, const std::string& path) {
  if (block_device) {
    uint64_t size = 0;
    if (::ioctl(fd, BLKGETSIZE64, &size) != 0) return errno_error("ask for the size of", path);
    return size;
  }
  struct stat info;
  if (::fstat(fd, &info) != 0) return errno_error("ask for the size of", path);
  return static_cast<uint64_t>(info.st_size);
}

class ImageFile final : public DiskFile {
 public:
  ImageFile(UniqueFd fd, std::unique_ptr<DirectIo> direct, bool block_device, uint64_t size,
            std::string name)
      : fd_(std::move(fd)),
        direct_(std::move(direct)),
        block_device_(block_device),
        size_(size),
        name_(std::move(name)) {}

  uint64_t size() const override { return size_; }
  std::string description() const override { return name_; }

  Result<void> read(uint64_t offset, std::span<std::byte> out) override {
    const bool direct = direct_ != nullptr && direct_->takes(offset, out.size());
    return told(direct ? direct_->read(offset, out) : read_fully_at(fd_.get(), offset, out, name_));
  }

  Result<void> write(uint64_t offset, std::span<const std::byte> in) override {
    if (direct_ != nullptr && direct_->takes(offset, in.size())) {
      return told(direct_->write(offset, in));
    }
    const uint64_t begin = host_monotonic_ns();
    auto done = write_fully_at(fd_.get(), offset, in, name_);
    slow_writes_.took(host_monotonic_ns() - begin);
    return told(std::move(done));
  }

  Result<void> sync() override {
    while (::fdatasync(fd_.get()) != 0) {
      if (errno != EINTR) return told(errno_error("flush", name_));
    }
    return {};
  }

  // Of a read by asking the host for single bytes, one of every so many, without waiting.
  bool may_wait(BlockOperation operation, uint64_t offset, uint64_t length) override {
    const bool data = operation == BlockOperation::kRead || operation == BlockOperation::kWrite;
    if (!data) return true;
    if (direct_ != nullptr && direct_->takes(offset, length)) return true;
    if (operation == BlockOperation::kWrite) return slow_writes_.expected();
    return length > 0 && !cached(offset, length);
  }

  // Advice only: whatever the host says, the guest asked for nothing more.
  Result<void> discard(uint64_t offset, uint64_t length) override {
    if (length == 0) return {};
    if (block_device_) {
      uint64_t range[2] = {offset, length};
      (void)::ioctl(fd_.get(), BLKDISCARD, range);
    } else {
      (void)allocate(FALLOC_FL_PUNCH_HOLE, offset, length);
    }
    return {};
  }

  // A block device's size is its own affair; the disk may be made of its first part.
  Result<void> resize(uint64_t bytes) override {
    if (block_device_) {
      const Result<uint64_t> room = size_of(fd_.get(), true, name_);
      if (!room) return room.error();
      if (bytes > *room) {
        return Error{fmt::format("{}: the block device has {} bytes only", name_, *room)};
      }
    } else if (::ftruncate(fd_.get(), static_cast<off_t>(bytes)) != 0) {
      return errno_error("resize", name_);
    }
    size_ = bytes;
    return {};
  }

  Result<void> zero(uint64_t offset, uint64_t length, bool may_unmap) override {
    if (length == 0) return {};
    if (may_unmap && allocate(FALLOC_FL_PUNCH_HOLE, offset, length)) return {};
    if (block_device_) {
      uint64_t range[2] = {offset, length};
      if (::ioctl(fd_.get(), BLKZEROOUT, range) == 0) return {};
    }
    if (allocate(FALLOC_FL_ZERO_RANGE, offset, length)) return {};
    return told(write_zero_bytes(offset, length));
  }

 private:
  static constexpr uint64_t kLookEvery = 128 << 10;

  // Hosts read ahead, so that a long transfer's end is rarely there when its beginning is not.
  bool cached(uint64_t offset, uint64_t length) const {
    for (uint64_t at = offset; at < offset + length; at += kLookEvery) {
      if (!byte_cached(at)) return false;
    }
    return byte_cached(offset + length - 1);
  }
  // Where the file system cannot tell, it is taken to be there.
  bool byte_cached(uint64_t offset) const {
    std::byte byte;
    const iovec one{&byte, 1};
    return ::preadv2(fd_.get(), &one, 1, static_cast<off_t>(offset), RWF_NOWAIT) >= 0 ||
           errno != EAGAIN;
  }

  // The guest learns of an I/O error, but only the user can make room on the
  // host: the first error of a file is told on stderr.
  Result<void> told(Result<void> done) {
    if (!done && !told_.exchange(true)) {
      fmt::print(stderr, "vireo: {}; the guest gets an I/O error\n", done.error().message);
    }
    return done;
  }

  bool allocate(int mode, uint64_t offset, uint64_t length) {
    return ::fallocate(fd_.get(), mode | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                       static_cast<off_t>(length)) == 0;
  }

  Result<void> write_zero_bytes(uint64_t offset, uint64_t length) {
    static constexpr std::array<std::byte, 64 * 1024> kZeros{};
    while (length > 0) {
      const size_t piece = static_cast<size_t>(std::min<uint64_t>(length, kZeros.size()));
      const std::span<const std::byte> zeros(kZeros.data(), piece);
      if (auto done = write_fully_at(fd_.get(), offset, zeros, name_); !done) return done;
      offset += piece;
      length -= piece;
    }
    return {};
  }

  UniqueFd fd_;  // through the page cache; holds the locks
  std::unique_ptr<DirectIo> direct_;
  bool block_device_;
  uint64_t size_;
  std::string name_;
  std::atomic<bool> told_ = false;
  SlowWrites slow_writes_;
};

// Looked at before opening: opening a pipe would wait for its other end.
Result<bool> is_block_device(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) {
    return errno_error("open disk image", path, "check the path");
  }
  if (S_ISBLK(info.st_mode)) return true;
  if (S_ISREG(info.st_mode)) return false;
  return Error{
      fmt::format("{}: not a disk image: neither a regular file nor a block device; "
                  "check the path",
                  path)};
}

Error open_error(const DiskFileSpec& spec) {
  if (errno == EBUSY) {
    return Error{
        fmt::format("{}: the block device is in use (mounted?); unmount it, or use "
                    "snapshot=on or readonly=on",
                    spec.path)};
  }
  const bool denied = errno == EACCES || errno == EROFS || errno == EPERM;
  if (denied && !spec.read_only) {
    return errno_error("open disk image for writing:", spec.path,
                       "use readonly=on or snapshot=on, or change its permissions");
  }
  return errno_error("open disk image", spec.path);
}

std::string scratch_folder() {
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/var/tmp";
}

// For file systems without O_TMPFILE: a name that lives for a moment only.
int open_unlinked(const std::string& folder) {
  std::string path = folder + "/vireo-XXXXXX";
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd >= 0) ::unlink(path.c_str());
  return fd;
}

}  // namespace

Result<std::unique_ptr<DiskFile>> open_image_file(const DiskFileSpec& spec) {
  const Result<bool> block_device = is_block_device(spec.path);
  if (!block_device) return block_device.error();
  int flags = (spec.read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC;
  // Without O_CREAT this asks a block device whether it is mounted.
  if (*block_device && !spec.read_only) flags |= O_EXCL;
  UniqueFd fd(::open(spec.path.c_str(), flags));
  if (!fd.valid()) return open_error(spec);
  if (auto locked = lock_image(fd.get(), !spec.read_only, spec.path); !locked) {
    return locked.error();
  }
  const Result<uint64_t> size = size_of(fd.get(), *block_device, spec.path);
  if (!size) return size.error();
  std::unique_ptr<DirectIo> direct;
  if (spec.direct) {
    auto opened = DirectIo::open(spec.path, spec.read_only);
    if (!opened) return opened.error();
    direct = std::move(*opened);
  }
  return std::unique_ptr<DiskFile>(std::make_unique<ImageFile>(std::move(fd), std::move(direct),
                                                               *block_device, *size, spec.path));
}

Result<std::unique_ptr<DiskFile>> create_scratch_file() {
  const std::string folder = scratch_folder();
  UniqueFd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!fd.valid()) fd = UniqueFd(open_unlinked(folder));
  if (!fd.valid()) {
    return errno_error("make a temporary file in", folder, "set TMPDIR to a folder with room");
  }
  return std::unique_ptr<DiskFile>(
      std::make_unique<ImageFile>(std::move(fd), nullptr, false, 0, folder + " (temporary file)"));
}

bool file_exists(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0;
}

bool same_file(const std::string& one, const std::string& other) {
  struct stat a, b;
  return ::stat(one.c_str(), &a) == 0 && ::stat(other.c_str(), &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

uint64_t allocated_bytes(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 ? static_cast<uint64_t>(info.st_blocks) * 512 : 0;
}

}  // namespace vireo
