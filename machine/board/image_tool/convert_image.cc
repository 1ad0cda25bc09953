// `vireo img create` and `convert`.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "images/disk/open_image.h"
#include "images/disk/qcow2/qcow2_disk.h"
#include "machine/board/image_tool/image_tool.h"
#include "machine/board/image_tool/open_image_here.h"
#include "machine/host/image_file.h"
#include "machine/host/signals.h"

namespace vireo {
namespace {

constexpr uint64_t kSector = 512;
constexpr uint64_t kPiece = 1 << 20;

bool all_zeros(std::span<const std::byte> bytes) {
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

uint64_t whole_sectors(uint64_t bytes) { return (bytes + kSector - 1) / kSector * kSector; }

Result<void> settle_size(NewImage& image) {
  Qcow2Layout& layout = image.layout;
  if (!layout.backing_file.empty()) {
    const std::string below = backing_path(image.path, layout.backing_file);
    if (same_file(below, image.path)) {
      return Error{fmt::format("{}: would be its own backing file; name another", image.path)};
    }
    const auto info = image_info(below, disk_format(layout.backing_format));
    if (!info) return info.error();
    if (layout.size == 0) layout.size = info->virtual_bytes;
  }
  layout.size = whole_sectors(layout.size);
  if (layout.size != 0) return {};
  return Error{fmt::format("{}: a new image needs a size", image.path)};
}

// The new file's content without data.
Result<void> lay_out(DiskFile& file, const NewImage& image) {
  if (image.format == DiskFormat::kRaw) return file.resize(image.layout.size);
  return create_qcow2(file, image.layout);
}

class Copy {
 public:
  Copy(BlockBackend& from, uint64_t granule, const TellProgress& progress)
      : from_(from), granule_(granule), progress_(progress) {}

  // `put` takes each granule that is not all zeros.
  template <typename Put>
  Result<void> run(Put put) {
    std::vector<std::byte> bytes;
    for (uint64_t at = 0; at < from_.size(); at += bytes.size()) {
      progress_(static_cast<double>(at) / static_cast<double>(from_.size()));
      if (SignalWatch::stop_signal() != 0) return Error{from_.description() + ": given up"};
      const uint64_t piece = std::max(kPiece, granule_);
      bytes.resize(static_cast<size_t>(std::min(piece, from_.size() - at)));
      if (auto done = from_.read(at, bytes); !done) return done;
      for (uint64_t inner = 0; inner < bytes.size(); inner += granule_) {
        const auto part = std::span<const std::byte>(bytes).subspan(
            inner, std::min<uint64_t>(granule_, bytes.size() - inner));
        if (all_zeros(part)) continue;
        if (auto done = put(at + inner, part); !done) return done;
      }
    }
    progress_(1);
    return {};
  }

 private:
  BlockBackend& from_;
  uint64_t granule_;
  const TellProgress& progress_;
};

}  // namespace

Result<void> create_image(NewImage image) {
  if (auto settled = settle_size(image); !settled) return settled;
  auto file = create_here(image.path);
  if (!file) return file.error();
  if (auto done = lay_out(**file, image); !done) {
    return Error{fmt::format("{}: {}", image.path, done.error().message)};
  }
  return (*file)->commit();
}

Result<void> convert_image(Conversion conversion, const TellProgress& progress) {
  const auto format = format_of(conversion.from, conversion.format);
  if (!format) return format.error();
  ImageOptions options;
  options.format = *format;
  options.read_only = true;
  options.any_size = true;
  options.progress = [](double) { return SignalWatch::stop_signal() == 0; };
  options.snapshot = conversion.snapshot;
  auto from = open_image(conversion.from, options, open_here);
  if (!from) return from.error();
  NewImage& to = conversion.to;
  to.layout.size = whole_sectors((*from)->size());
  auto file = create_here(to.path);
  if (!file) return file.error();
  if (auto done = lay_out(**file, to); !done) {
    return Error{fmt::format("{}: {}", to.path, done.error().message)};
  }
  AtomicFile& target = **file;
  if (to.format == DiskFormat::kRaw) {
    auto copied = Copy(**from, 64 * 1024, progress).run([&](uint64_t at, auto bytes) {
      return target.write(at, bytes);
    });
    return copied ? target.commit() : copied;
  }
  auto disk = Qcow2Disk::open(std::move(*file), false, FlushPolicy::kNever);
  if (!disk) return disk.error();
  const uint64_t cluster = uint64_t{1} << to.layout.cluster_bits;
  auto copied = Copy(**from, cluster, progress).run([&](uint64_t at, auto bytes) {
    return conversion.compress ? (*disk)->write_packed(at, bytes) : (*disk)->write(at, bytes);
  });
  if (copied) copied = (*disk)->flush();
  return copied ? target.commit() : copied;
}

}  // namespace vireo
