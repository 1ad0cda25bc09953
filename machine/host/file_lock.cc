#include "machine/host/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <initializer_list>

#include "machine/host/fd_io.h"

namespace vireo {
namespace {

// One byte per permission: a shared lock on kHeld + p says "I use p", one on
// kNotShared + p says "nobody else may use p". All stay compatible as locks; a
// conflict is found by asking whether an exclusive lock would be possible.
constexpr off_t kHeld = 100;
constexpr off_t kNotShared = 200;
constexpr off_t kRead = 0, kWrite = 1, kResize = 3;

struct flock byte_lock(short type, off_t byte) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return lock;
}

bool locks_missing(int error) { return error == ENOLCK || error == EOPNOTSUPP || error == EINVAL; }

// 0 or errno.
int take(int fd, off_t byte) {
  struct flock lock = byte_lock(F_RDLCK, byte);
  return ::fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

bool others_hold(int fd, off_t byte) {
  struct flock lock = byte_lock(F_WRLCK, byte);
  return ::fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

Error busy(bool writer, const std::string& path) {
  return Error{writer ? fmt::format("{}: another process, or another -drive, uses this disk; end "
                                    "it, or start with snapshot=on or readonly=on if the other "
                                    "only reads",
                                    path)
                      : fmt::format("{}: another process, or another -drive, writes this disk; "
                                    "end it first, or give a copy of the file",
                                    path)};
}

}  // namespace

Result<void> lock_image(int fd, bool writer, const std::string& path) {
  for (const off_t byte : {kHeld + kRead, kNotShared + kWrite, kNotShared + kResize}) {
    const int error = take(fd, byte);
    if (locks_missing(error)) return {};
    if (error != 0) return busy(writer, path);
  }
  if (writer && take(fd, kHeld + kWrite) != 0) return busy(writer, path);
  const bool refused = others_hold(fd, kNotShared + kRead) || others_hold(fd, kHeld + kWrite) ||
                       others_hold(fd, kHeld + kResize) ||
                       (writer && others_hold(fd, kNotShared + kWrite));
  if (refused) return busy(writer, path);
  return {};
}

}  // namespace vireo
