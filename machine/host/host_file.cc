#include "machine/host/host_file.h"

#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

namespace vireo {
namespace {

constexpr uint64_t kMaxOffset = INT64_MAX;

template <typename Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace

Errno last_errno() { return static_cast<Errno>(errno); }

FileInfo file_info(const struct stat& from) {
  FileInfo info;
  info.key = {from.st_dev, from.st_ino};
  info.mode = from.st_mode;
  info.uid = from.st_uid;
  info.gid = from.st_gid;
  info.links = from.st_nlink;
  info.device_major = major(from.st_rdev);
  info.device_minor = minor(from.st_rdev);
  info.size = static_cast<uint64_t>(from.st_size);
  info.modified = {from.st_mtim.tv_sec, static_cast<uint32_t>(from.st_mtim.tv_nsec)};
  return info;
}

FileResult<size_t> HostFile::read(uint64_t offset, std::span<std::byte> out) {
  if (offset > kMaxOffset) return Errno::kInvalid;
  const ssize_t got = uninterrupted(
      [&] { return ::pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(offset)); });
  if (got < 0) return last_errno();
  return static_cast<size_t>(got);
}

FileResult<size_t> HostFile::write(uint64_t offset, std::span<const std::byte> in) {
  if (offset > kMaxOffset) return Errno::kInvalid;
  const ssize_t put = uninterrupted(
      [&] { return ::pwrite(fd_.get(), in.data(), in.size(), static_cast<off_t>(offset)); });
  if (put < 0) return last_errno();
  return static_cast<size_t>(put);
}

Errno HostFile::sync(bool data_only) {
  const int done =
      uninterrupted([&] { return data_only ? ::fdatasync(fd_.get()) : ::fsync(fd_.get()); });
  return done == 0 ? Errno::kNone : last_errno();
}

FileResult<FileInfo> HostFile::info() {
  struct stat found;
  if (::fstat(fd_.get(), &found) != 0) return last_errno();
  return file_info(found);
}

Errno HostFile::resize(uint64_t size) {
  if (size > kMaxOffset) return Errno::kInvalid;
  const int done = uninterrupted([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size)); });
  return done == 0 ? Errno::kNone : last_errno();
}

}  // namespace vireo
