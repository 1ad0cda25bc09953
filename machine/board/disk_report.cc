#include "machine/board/disk_report.h"

#include <fmt/format.h>

#include "machine/board/virtio/open_disk.h"
#include "virtio/blk/blk_device.h"

namespace vireo {
namespace {

constexpr uint64_t kSector = 512;

// The first field of the device's configuration (VirtIO 1.4 section 5.2.4).
uint64_t disk_bytes(const VirtioDevice& device) {
  std::vector<std::byte> config(device.config_size());
  device.read_config(config);
  uint64_t sectors = 0;
  std::memcpy(&sectors, config.data(), std::min(config.size(), sizeof sectors));
  return sectors * kSector;
}

void add_device(DiskReport& report, VirtioUnit& unit) {
  const VirtioDevice& device = unit.function->device();
  const bool has_id = !unit.config.id.empty();
  report.device = has_id ? unit.config.id : std::string(unit.function->name());
  report.path =
      fmt::format("/machine/{}/{}", has_id ? "peripheral" : "peripheral-anon", report.device);
  report.bytes = disk_bytes(device);
  report.write_cache = !writes_through(report.drive->cache);
  device.for_each_counter(
      [&](std::string_view counter, uint64_t value) { report.counters.emplace(counter, value); });
}

void add_flash(std::vector<DiskReport>& reports, const FirmwareConfig& config,
               const SystemFlash& flash) {
  for (unsigned unit = 0; unit < config.flash.size() && config.flash[unit]; ++unit) {
    DiskReport& report = reports.emplace_back();
    report.drive = &*config.flash[unit];
    report.device = fmt::format("system.flash{}", unit);
    report.path = "/machine/" + report.device;
    report.bytes = flash.bytes(unit);
    report.write_cache = !writes_through(report.drive->cache);
  }
}

}  // namespace

std::vector<DiskReport> report_disks(const MachineConfig& config, VirtioDevices& devices,
                                     const SystemFlash* flash) {
  std::vector<DiskReport> reports;
  if (flash != nullptr) add_flash(reports, config.firmware, *flash);
  for (const DriveConfig& drive : config.drives) {
    DiskReport& report = reports.emplace_back();
    report.drive = &drive;
    devices.for_each([&](VirtioUnit& unit) {
      const auto* disk = std::get_if<BlkConfig>(&unit.config.type);
      if (disk != nullptr && disk->drive == drive.id) add_device(report, unit);
    });
  }
  return reports;
}

}  // namespace vireo
