// `vireo img info` and `check`.
#include <fmt/format.h>

#include <utility>

#include "images/disk/image_bytes.h"
#include "machine/board/image_tool/image_tool.h"
#include "machine/board/image_tool/open_image_here.h"
#include "machine/host/image_file.h"

namespace vireo {

Result<ImageInfo> image_info(const std::string& path, std::optional<DiskFormat> format) {
  const auto known = format_of(path, format);
  if (!known) return known.error();
  auto file = open_here(path, true);
  if (!file) return file.error();
  ImageInfo info;
  info.format = *known;
  info.virtual_bytes = (*file)->size();
  info.actual_bytes = allocated_bytes(path);
  if (*known == DiskFormat::kGzip) {
    auto disk = open_image(path, {.format = *known, .read_only = true}, open_here);
    if (!disk) return disk.error();
    info.virtual_bytes = (*disk)->size();
  }
  if (*known != DiskFormat::kQcow2) return info;
  auto header = qcow2::read_header(**file);
  if (!header) return header.error();
  ImageBytes bytes(std::move(*file), FlushPolicy::kNever);
  auto snapshots = qcow2::read_snapshots(bytes, *header);
  if (!snapshots) return snapshots.error();
  info.virtual_bytes = header->size;
  info.snapshots = std::move(snapshots->snapshots);
  info.qcow2 = std::move(*header);
  return info;
}

Result<Qcow2CheckReport> check_image(const std::string& path, std::optional<DiskFormat> format,
                                     const Qcow2CheckOptions& options, const TellFinding& tell,
                                     const TellProgress& progress) {
  const auto known = format_of(path, format);
  if (!known) return known.error();
  if (*known != DiskFormat::kQcow2) {
    return Error{fmt::format("{}: a {} image has nothing to check", path, format_name(*known))};
  }
  auto file = open_here(path, !options.fix_leaks && !options.fix_counts);
  if (!file) return file.error();
  ImageBytes bytes(std::move(*file), FlushPolicy::kOnFlush);
  return check_qcow2(bytes, options, tell, progress);
}

}  // namespace vireo
