#include "machine/board/disks.h"

#include <fmt/format.h>

#include <algorithm>

#include "images/disk/disk.h"
#include "virtio/blk/blk_device.h"

namespace vireo {
namespace {

constexpr unsigned kFirstFreeSlot = 2;  // slot 1 is left for a display

FlushPolicy flush_policy(CacheMode cache) {
  switch (cache) {
    case CacheMode::kUnsafe:
      return FlushPolicy::kNever;
    case CacheMode::kWritethrough:
    case CacheMode::kDirectsync:
      return FlushPolicy::kEveryWrite;
    case CacheMode::kWriteback:
    case CacheMode::kNone:
      break;
  }
  return FlushPolicy::kOnFlush;
}

bool bypasses_page_cache(CacheMode cache) {
  return cache == CacheMode::kNone || cache == CacheMode::kDirectsync;
}

Result<std::unique_ptr<BlockBackend>> open_disk(const DriveConfig& drive, HostServices& host) {
  const bool read_only = drive.read_only || drive.snapshot;
  auto file = host.open_disk_file({drive.path, read_only, bypasses_page_cache(drive.cache)});
  if (!file) return file.error();
  auto disk =
      make_raw_disk(std::move(*file), {read_only, flush_policy(drive.cache), drive.format_is_raw});
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

}  // namespace

Result<std::unique_ptr<Disks>> Disks::create(const MachineConfig& config, HostServices& host,
                                             MachineCore& core, PciBus& bus) {
  std::unique_ptr<Disks> disks(new Disks);
  for (const VirtioBlkConfig& device : config.virtio_blks) {
    if (auto added = disks->add(device, config, host, core); !added) return added.error();
  }
  if (auto attached = disks->attach(config, bus); !attached) return attached.error();
  return disks;
}

Result<void> Disks::add(const VirtioBlkConfig& device, const MachineConfig& config,
                        HostServices& host, MachineCore& core) {
  const DriveConfig* drive = find_drive(config, device.drive);
  if (drive == nullptr) {
    return Error{
        fmt::format("-device virtio-blk-pci: there is no drive '{0}'; give -drive "
                    "id={0},if=none,file=FILE",
                    device.drive)};
  }
  auto backend = open_disk(*drive, host);
  if (!backend) return backend.error();
  auto disk = VirtioBlk::create(**backend, device.blk);
  if (!disk) return disk.error();
  auto function =
      VirtioPciFunction::create(fmt::format("virtio-blk{}", functions_.size()), std::move(*disk),
                                device.pci, {core.memory, core.events});
  if (!function) return function.error();
  backends_.push_back(std::move(*backend));
  functions_.push_back(std::move(*function));
  return {};
}

Result<void> Disks::attach(const MachineConfig& config, PciBus& bus) {
  for (size_t i = 0; i < functions_.size(); ++i) {
    const auto& address = config.virtio_blks[i].address;
    if (!address) continue;
    auto attached = bus.attach(*functions_[i], address->device, address->function);
    if (!attached) return attached.error();
  }
  for (size_t i = 0; i < functions_.size(); ++i) {
    if (config.virtio_blks[i].address) continue;
    const auto slot = bus.free_device(kFirstFreeSlot);
    if (!slot) {
      return Error{
          "PCI bus 0 has no free slot for another disk; put several on one slot with "
          "addr=SLOT.FUNCTION"};
    }
    auto attached = bus.attach(*functions_[i], *slot);
    if (!attached) return attached.error();
  }
  return {};
}

Result<void> Disks::flush() {
  Result<void> result;
  for (const auto& backend : backends_) {
    if (backend->read_only()) continue;
    auto flushed = backend->flush();
    if (!flushed && result.ok()) result = flushed;
  }
  return result;
}

}  // namespace vireo
