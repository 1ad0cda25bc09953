// virtio-blk: a disk image behind a block device.
#include "machine/board/virtio/make_blk.h"

#include <fmt/format.h>

#include <utility>

#include "machine/board/virtio/make_virtio.h"
#include "machine/board/virtio/open_disk.h"
#include "machine/host/worker_threads.h"
#include "virtio/blk/blk_device.h"

namespace vireo {
namespace {

class DiskImage final : public VirtioBackEnd {
 public:
  // `overlay`, which is below `disk` with snapshot=on, is null without.
  DiskImage(std::unique_ptr<BlockBackend> disk, OverlayDisk* overlay, std::string drive,
            const MachineEvents& news)
      : disk_(std::make_unique<UndoDisk>(std::move(disk))),
        overlay_(overlay),
        drive_(std::move(drive)),
        news_(news) {}
  // The device is destroyed before the image.
  void connect(VirtioBlk& device) {
    device_ = &device;
    device.set_trouble([this](std::string_view operation, const std::string& reason) {
      tell_trouble(operation, reason);
    });
  }

  std::string drive() const override { return drive_; }
  Result<void> resize(uint64_t bytes) override { return device_->resize(bytes); }
  Result<void> flush() override {
    device_->settle();
    if (disk_->read_only()) return {};
    auto flushed = disk_->flush();
    if (!flushed) tell_trouble("flush", flushed.error().message);
    return flushed;
  }
  std::optional<DiskForSnapshot> disk_for_snapshot() override {
    device_->settle();
    return DiskForSnapshot{drive_, disk_.get(), overlay_, disk_.get()};
  }
  BlockBackend& disk() { return *disk_; }
  BlockWorkers& workers() { return workers_; }

 private:
  // So many transfers of an image wait for the host at once.
  static constexpr unsigned kMostWorkers = 8;

  void tell_trouble(std::string_view operation, const std::string& reason) const {
    news_.tell({.kind = MachineEvent::Kind::kBlockError,
                .name = drive_,
                .detail = std::string(operation),
                .reason = reason});
  }

  std::unique_ptr<UndoDisk> disk_;
  OverlayDisk* overlay_;
  std::string drive_;
  const MachineEvents& news_;
  WorkerThreads workers_{kMostWorkers};
  VirtioBlk* device_ = nullptr;
};

}  // namespace

VirtioBlkOptions settled_blk_options(const BlkConfig& device, const DriveConfig& drive,
                                     unsigned processors) {
  VirtioBlkOptions options = device.options;
  if (options.serial.empty()) options.serial = drive.serial;
  if (!device.write_cache_chosen) options.write_cache = !writes_through(drive.cache);
  if (!device.num_queues_chosen) options.num_queues = processors;
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
  auto* overlay = dynamic_cast<OverlayDisk*>(opened->get());
  auto image = std::make_unique<DiskImage>(std::move(*opened), overlay, drive->id, material.news);
  auto disk = VirtioBlk::create(image->disk(),
                                settled_blk_options(type, *drive, material.config.topology.total()),
                                {&material.core.events, &image->workers()});
  if (!disk) return Error{fmt::format("-device {}: {}", device.model, disk.error().message)};
  image->connect(**disk);
  return MadeVirtio{std::move(image), std::move(*disk)};
}

}  // namespace vireo
