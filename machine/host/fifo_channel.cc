#include "machine/host/fifo_channel.h"

#include <fcntl.h>
#include <unistd.h>

#include "machine/host/fd_io.h"

namespace vireo {
namespace {

// Read and write, although one direction is used: so opening does not wait for the far end, and
// the pipe does not end when that leaves.
UniqueFd open_both(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

}  // namespace

Result<std::unique_ptr<FifoChannel>> FifoChannel::open(SourceSet& set, const std::string& path,
                                                       const std::string& label) {
  UniqueFd in = open_both(path + ".in");
  UniqueFd out = open_both(path + ".out");
  if (!in.valid() || !out.valid()) {
    in = open_both(path);
    out = open_both(path);
  }
  if (!in.valid() || !out.valid()) {
    return errno_error("open the pipe of " + label + " at", path,
                       "make it with mkfifo " + path + ".in " + path + ".out");
  }
  return std::unique_ptr<FifoChannel>(new FifoChannel(set, std::move(in), std::move(out)));
}

// What a full pipe does not take is dropped: nobody reads it.
void FifoChannel::write(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(out_.get(), bytes.data(), bytes.size());
    if (put <= 0) return;
    bytes = bytes.subspan(static_cast<size_t>(put));
  }
}

}  // namespace vireo
