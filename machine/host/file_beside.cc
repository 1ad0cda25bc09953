#include "machine/host/file_beside.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace vireo {
namespace {

constexpr mode_t kUsualMode = 0666;
constexpr mode_t kPermissions = 0777;
constexpr unsigned kMostNames = 1000;

// Where links lead; the path itself where there is nothing yet.
std::string followed(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real ? std::string(real.get()) : path;
}

}  // namespace

FileBeside::FileBeside(UniqueFd fd, std::string name, std::string place)
    : fd_(std::move(fd)), name_(std::move(name)), place_(std::move(place)) {}

// Not mkostemp, whose files nobody but their owner can read.
std::optional<FileBeside> FileBeside::create(const std::string& wanted) {
  const std::string place = followed(wanted);
  struct stat before;
  const bool replaces = ::stat(place.c_str(), &before) == 0;
  for (unsigned i = 0; i < kMostNames; ++i) {
    std::string name = fmt::format("{}.{}-{}.new", place, ::getpid(), i);
    UniqueFd fd(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kUsualMode));
    if (fd.valid()) {
      if (replaces) (void)!::fchmod(fd.get(), before.st_mode & kPermissions);
      return FileBeside(std::move(fd), std::move(name), place);
    }
    if (errno != EEXIST) break;  // else another file, or one that was left by a killed process
  }
  return std::nullopt;
}

FileBeside::FileBeside(FileBeside&& other) noexcept
    : fd_(std::move(other.fd_)),
      name_(std::exchange(other.name_, {})),
      place_(std::move(other.place_)) {}

FileBeside::~FileBeside() {
  if (!name_.empty()) (void)::unlink(name_.c_str());
}

bool FileBeside::put_in_place() {
  if (::close(fd_.release()) != 0) return false;
  if (std::rename(name_.c_str(), place_.c_str()) != 0) return false;
  name_.clear();
  return true;
}

}  // namespace vireo
