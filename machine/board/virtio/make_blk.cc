// virtio-blk: a disk image behind a block device.
#include "machine/board/virtio/make_blk.h"

#include <fmt/format.h>

#include <utility>

#include "machine/board/virtio/make_virtio.h"
#include "machine/board/virtio/open_disk.h"
#include "virtio/blk/blk_device.h"

namespace vireo {
namespace {

class DiskImage final : public VirtioBackEnd {
 public:
  explicit DiskImage(std::unique_ptr<BlockBackend> disk) : disk_(std::move(disk)) {}
  Result<void> flush() override {
    if (disk_->read_only()) return {};
    return disk_->flush();
  }
  BlockBackend& disk() { return *disk_; }

 private:
  std::unique_ptr<BlockBackend> disk_;
};

}  // namespace

VirtioBlkOptions settled_blk_options(const BlkConfig& device, const DriveConfig& drive) {
  VirtioBlkOptions options = device.options;
  if (options.serial.empty()) options.serial = drive.serial;
  if (!device.write_cache_chosen) options.write_cache = !writes_through(drive.cache);
  return options;
}

Result<MadeVirtio> make_virtio(const BlkConfig& type, const VirtioDeviceConfig& device,
                               const VirtioMaterial& material) {
  const DriveConfig* drive = find_drive(material.config, type.drive);
  if (drive == nullptr) {
    return Error{
        fmt::format("-device {0}: there is no drive '{1}'; give -drive id={1},if=none,file=FILE",
                    device.model, type.drive)};
  }
  auto opened = open_disk(*drive, material.host);
  if (!opened) return opened.error();
  auto image = std::make_unique<DiskImage>(std::move(*opened));
  auto disk = VirtioBlk::create(image->disk(), settled_blk_options(type, *drive));
  if (!disk) return disk.error();
  return MadeVirtio{std::move(image), std::move(*disk)};
}

}  // namespace vireo
