#include "machine/host/log_file.h"

#include "machine/host/fd_io.h"

namespace vireo {
namespace {

constexpr size_t kBufferBytes = 256 * 1024;

}  // namespace

Result<LogFile> open_log_file(const std::string& path) {
  LogFile file(std::fopen(path.c_str(), "we"));
  if (file == nullptr) {
    return errno_error("write the trace to", path, "check the path given with -D");
  }
  std::setvbuf(file.get(), nullptr, _IOFBF, kBufferBytes);
  return file;
}

Result<void> flush_log_file(std::FILE* file, const std::string& path) {
  const bool lost = std::ferror(file) != 0;
  if (std::fflush(file) == 0 && !lost) return {};
  return Error{"cannot write all of the trace to " + path + "; make room there"};
}

}  // namespace vireo
