#include "machine/host/stream_channel.h"

#include <fcntl.h>
#include <unistd.h>

#include "machine/host/fd_io.h"

namespace vireo {

Result<std::unique_ptr<ByteChannel>> FileChannel::open(SourceSet& set, const std::string& path,
                                                       const std::string& label, bool append) {
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : 0);
  UniqueFd fd(::open(path.c_str(), flags | O_EXCL, 0666));
  const bool created = fd.valid();
  if (!created) fd = UniqueFd(::open(path.c_str(), flags, 0666));
  if (!fd.valid()) {
    return errno_error("write the output of " + label + " to", path,
                       "name a file in a folder that exists and is writable");
  }
  return std::unique_ptr<ByteChannel>(new FileChannel(set, std::move(fd), path, created, append));
}

FileChannel::~FileChannel() {
  if (created_ && !begun_) ::unlink(path_.c_str());
}

void FileChannel::begin() {
  if (begun_) return;
  begun_ = true;
  // A pipe or a device has no content to lose; it says so by an error.
  const int done = created_ || append_ ? 0 : ::ftruncate(fd_.get(), 0);
  (void)done;
}

}  // namespace vireo
