#include "machine/board/virtio/open_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "images/disk/disk.h"
#include "images/disk/open_image.h"
#include "machine/host/signals.h"

namespace vireo {
namespace {

FlushPolicy flush_policy(CacheMode cache) {
  if (cache == CacheMode::kUnsafe) return FlushPolicy::kNever;
  return writes_through(cache) ? FlushPolicy::kEveryWrite : FlushPolicy::kOnFlush;
}

bool bypasses_page_cache(CacheMode cache) {
  return cache == CacheMode::kNone || cache == CacheMode::kDirectsync;
}

}  // namespace

bool writes_through(CacheMode cache) {
  return cache == CacheMode::kWritethrough || cache == CacheMode::kDirectsync;
}

Result<std::unique_ptr<BlockBackend>> open_disk(const DriveConfig& drive, HostServices& host,
                                                bool any_size) {
  const bool read_only = drive.read_only || drive.snapshot;
  const bool direct = bypasses_page_cache(drive.cache);
  const auto open_file = [&](const std::string& path, bool to_read) {
    return host.open_disk_file({path, to_read, direct});
  };
  ImageOptions options{drive.format, read_only, flush_policy(drive.cache)};
  options.any_size = any_size;
  options.progress = [&drive, told = false](double) mutable {
    if (!std::exchange(told, true)) {
      fmt::print(stderr, "vireo: {} is read once to find its way in it\n", drive.path);
    }
    return SignalWatch::stop_signal() == 0;
  };
  auto disk = open_image(drive.path, options, open_file);
  if (!disk || !drive.snapshot) return disk;
  auto scratch = host.create_scratch_file();
  if (!scratch) return scratch.error();
  return make_overlay_disk(std::move(*disk), std::move(*scratch));
}

const DriveConfig* find_drive(const MachineConfig& config, const std::string& id) {
  const auto at = std::find_if(config.drives.begin(), config.drives.end(),
                               [&](const DriveConfig& drive) { return drive.id == id; });
  return at == config.drives.end() ? nullptr : &*at;
}

}  // namespace vireo
