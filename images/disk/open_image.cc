#include "images/disk/open_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "images/disk/disk_format.h"
#include "images/disk/gzip/gzip_disk.h"
#include "images/disk/qcow2/qcow2_disk.h"

namespace vireo {
namespace {

// Without steps that lead nowhere: a/./b and a//b.
std::string tidy(const std::string& path) {
  std::string out;
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(at, end - at);
    const bool nothing = part.empty() || part == ".";
    if (!nothing) out += part;
    if (end < path.size() && (out.empty() ? at == 0 && part.empty() : out.back() != '/'))
      out += '/';
    at = end + 1;
  }
  return out;
}

class ChainOpener {
 public:
  explicit ChainOpener(const OpenDiskFile& open_file) : open_file_(open_file) {}

  Result<std::unique_ptr<BlockBackend>> open(const std::string& path, const ImageOptions& options) {
    if (std::find(above_.begin(), above_.end(), tidy(path)) != above_.end()) {
      return Error{
          fmt::format("{0}: is its own backing file, by way of others; give it another "
                      "with: qemu-img rebase -u -b FILE -F FORMAT {0}",
                      path)};
    }
    if (above_.size() > kMostBackingFiles) {
      return Error{fmt::format("{}: more than {} backing files lie below it", above_.front(),
                               kMostBackingFiles)};
    }
    above_.push_back(tidy(path));
    auto file = open_file_(path, options.read_only);
    if (!file) return file.error();
    if (options.format == DiskFormat::kQcow2) return open_qcow2(std::move(*file), path, options);
    if (options.format == DiskFormat::kGzip) return open_gzip(std::move(*file), path, options);
    return make_raw_disk(std::move(*file),
                         {options.read_only, options.flush, options.format.has_value(),
                          options.any_size});
  }

 private:
  Result<std::unique_ptr<BlockBackend>> open_gzip(std::unique_ptr<DiskFile> file,
                                                  const std::string& path,
                                                  const ImageOptions& options) {
    if (!options.read_only) {
      return Error{
          fmt::format("{}: a gzip image cannot be written; give snapshot=on or readonly=on", path)};
    }
    auto disk = GzipDisk::open(std::move(file), options.progress);
    if (!disk) return disk.error();
    return std::unique_ptr<BlockBackend>(std::move(*disk));
  }

  Result<std::unique_ptr<BlockBackend>> open_qcow2(std::unique_ptr<DiskFile> file,
                                                   const std::string& path,
                                                   const ImageOptions& options) {
    auto disk = Qcow2Disk::open(std::move(file), options.read_only, options.flush);
    if (!disk) return disk.error();
    const qcow2::Header header = (*disk)->header();
    if (!options.snapshot.empty()) {
      if (auto shown = (*disk)->show_snapshot(options.snapshot); !shown) return shown.error();
    }
    if (!header.backing_file.empty()) {
      auto backing = open_backing(path, header, options);
      if (!backing) return backing.error();
      (*disk)->set_backing(std::move(*backing));
    }
    return std::unique_ptr<BlockBackend>(std::move(*disk));
  }

  Result<std::unique_ptr<BlockBackend>> open_backing(const std::string& path,
                                                     const qcow2::Header& header,
                                                     const ImageOptions& above) {
    ImageOptions options;
    options.read_only = true;
    options.progress = above.progress;
    options.any_size = true;  // what it lacks reads as zeros
    if (!header.backing_format.empty()) {
      const auto format = disk_format(header.backing_format);
      if (!format) {
        return Error{
            fmt::format("{}: its backing file {} is of format '{}', which is not read; "
                        "convert it with: qemu-img convert",
                        path, header.backing_file, header.backing_format)};
      }
      options.format = *format;
    }
    const size_t colon = header.backing_file.find(':');
    if (colon != std::string::npos &&
        header.backing_file.substr(0, colon).find('/') == std::string::npos) {
      return Error{
          fmt::format("{}: its backing file '{}' is not a plain file name, as it has to "
                      "be",
                      path, header.backing_file)};
    }
    return open(backing_path(path, header.backing_file), options);
  }

  const OpenDiskFile& open_file_;
  std::vector<std::string> above_;
};

}  // namespace

std::string backing_path(const std::string& path, const std::string& name) {
  const size_t slash = path.rfind('/');
  if (name.empty() || name.front() == '/' || slash == std::string::npos) return tidy(name);
  return tidy(path.substr(0, slash + 1) + name);
}

Result<std::unique_ptr<BlockBackend>> open_image(const std::string& path,
                                                 const ImageOptions& options,
                                                 const OpenDiskFile& open_file) {
  if (!options.snapshot.empty() && options.format != DiskFormat::kQcow2) {
    return Error{fmt::format("{}: only qcow2 images have internal snapshots", path)};
  }
  return ChainOpener(open_file).open(path, options);
}

}  // namespace vireo
