#include "machine/host/pid_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <span>
#include <utility>

#include "machine/host/replaced_file.h"

namespace vireo {

Result<PidFile> PidFile::create(const std::string& path) {
  if (path.empty()) return PidFile({});
  auto file = ReplacedFile::create(path, "-pidfile");
  if (!file) return file.error();
  const std::string text = fmt::format("{}\n", ::getpid());
  if (auto written = file->write(std::as_bytes(std::span(text))); !written) return written.error();
  if (auto placed = file->commit(); !placed) return placed.error();
  return PidFile(path);
}

PidFile::PidFile(PidFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}

PidFile::~PidFile() {
  if (!path_.empty()) (void)::unlink(path_.c_str());
}

}  // namespace vireo
