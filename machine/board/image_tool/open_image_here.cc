#include "machine/board/image_tool/open_image_here.h"

#include <fmt/format.h>

#include "images/disk/disk_format.h"
#include "machine/host/image_file.h"

namespace vireo {

Result<std::unique_ptr<DiskFile>> open_here(const std::string& path, bool read_only) {
  return open_image_file({path, read_only, false});
}

Result<DiskFormat> format_of(const std::string& path, std::optional<DiskFormat> named) {
  if (named) return *named;
  auto file = open_here(path, true);
  if (!file) return file.error();
  const auto name = probe_format(**file);
  if (!name) return name.error();
  if (const auto format = disk_format(*name)) return *format;
  return Error{fmt::format(
      "{}: is a {} image, which is not read; convert it with: qemu-img convert", path, *name)};
}

Result<std::unique_ptr<AtomicFile>> create_here(const std::string& path) {
  if (file_exists(path)) {
    if (auto used = open_here(path, false); !used) return used.error();
  }
  return AtomicFile::create(path);
}

}  // namespace vireo
