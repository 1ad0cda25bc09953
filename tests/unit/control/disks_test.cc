// -drive, -device and -snapshot: which disks a command line gives.
#include <doctest/doctest.h>

#include "tests/unit/control/parse.h"

namespace vireo {
namespace {

const BlkConfig& disk_of(const MachineConfig& config, size_t index) {
  return std::get<BlkConfig>(config.virtio_devices.at(index).type);
}

TEST_CASE("a drive is a virtio disk by itself") {
  const MachineConfig config = parse_good({"-drive", "file=a,,b.img,format=raw"}).config;
  REQUIRE(config.drives.size() == 1);
  CHECK(config.drives[0].path == "a,b.img");
  CHECK(config.drives[0].id == "virtio0");
  CHECK(config.drives[0].format == DiskFormat::kRaw);
  CHECK(config.drives[0].cache == CacheMode::kWriteback);
  REQUIRE(config.virtio_devices.size() == 1);
  CHECK(disk_of(config, 0).drive == "virtio0");
}

TEST_CASE("drive properties are taken") {
  const MachineConfig config =
      parse_good({"-drive", "file=a,if=virtio,id=d,readonly=on,cache=none,serial=S1,media=disk"})
          .config;
  CHECK(config.drives[0].id == "d");
  CHECK(config.drives[0].read_only);
  CHECK_FALSE(config.drives[0].format.has_value());
  CHECK(config.drives[0].cache == CacheMode::kNone);
  CHECK(config.drives[0].serial == "S1");
}

TEST_CASE("a drive's format is one that is read, or not said") {
  CHECK(parse_good({"-drive", "file=a,format=qcow2"}).config.drives[0].format ==
        DiskFormat::kQcow2);
  // A packed one is not written.
  const auto packed = parse_good({"-drive", "file=a,format=gzip"}).config;
  CHECK(packed.drives[0].snapshot);
  const auto read = parse_good({"-drive", "file=a,format=gzip,readonly=on"}).config;
  CHECK_FALSE(read.drives[0].snapshot);
  CHECK(error_of({"-drive", "file=a,format=vmdk"}) ==
        "-drive: format=vmdk: only raw, qcow2 and gzip images are read; convert it with: "
        "qemu-img convert -O qcow2 a NEW");
}

TEST_CASE("automatic ids avoid those that were given") {
  const MachineConfig config =
      parse_good({"-drive", "file=a", "-drive", "file=b,id=virtio0", "-drive", "file=c"}).config;
  CHECK(config.drives[0].id == "virtio1");
  CHECK(config.drives[1].id == "virtio0");
  CHECK(config.drives[2].id == "virtio2");
}

TEST_CASE("a device takes a drive of if=none, before the drives that are disks themselves") {
  const MachineConfig config =
      parse_good({"-drive", "file=own", "-drive", "file=a,if=none,id=d0,serial=from-drive",
                  "-device", "virtio-blk-pci,drive=d0,id=disk,addr=1e.0,bootindex=1"})
          .config;
  REQUIRE(config.virtio_devices.size() == 2);
  const VirtioDeviceConfig& device = config.virtio_devices[0];
  CHECK(disk_of(config, 0).drive == "d0");
  CHECK(device.id == "disk");
  CHECK(device.place.slot == PciSlot{0x1e, 0});
  CHECK(device.bootindex == 1u);
  CHECK(config.drives[1].serial == "from-drive");
  CHECK(disk_of(config, 1).drive == "virtio0");
}

TEST_CASE("firmware starts from one device first, and only from disks and network cards") {
  CHECK(error_of({"-drive", "file=a,if=none,id=d", "-device", "virtio-blk-pci,drive=d,bootindex=1",
                  "-device", "virtio-net-pci,bootindex=1"}) ==
        "-device: bootindex=1 is given twice; choose another");
  CHECK(error_of({"-device", "virtio-rng-pci,bootindex=1"}).find("'bootindex'") !=
        std::string::npos);
}

TEST_CASE("virtio-blk properties are taken") {
  const VirtioDeviceConfig device =
      parse_good({"-drive", "file=a,if=none,id=d", "-device",
                  "virtio-blk-pci,drive=d,vectors=0,num-queues=4,queue-size=128,event_idx=off,"
                  "indirect_desc=off,disable-modern=on,discard=off,write-zeroes=no,"
                  "config-wce=off,logical_block_size=4096,serial=X,modern-pio-notify=off,"
                  "bus=pcie.0,in_order=on,queue_reset=off,page-per-vq=on,packed=on,"
                  "multifunction=on,addr=4.0"})
          .config.virtio_devices.at(0);
  CHECK(device.pci.vectors == 0u);
  CHECK(device.pci.disable_modern);
  CHECK_FALSE(device.pci.event_idx);
  CHECK_FALSE(device.pci.indirect_desc);
  CHECK(device.pci.in_order);
  CHECK_FALSE(device.pci.queue_reset);
  CHECK(device.pci.page_per_vq);
  CHECK(device.pci.modern_pio_notify == PioNotify::kOff);
  CHECK(device.pci.packed);
  CHECK(device.place.multifunction);
  CHECK(device.place.bus.empty());
  const VirtioBlkOptions blk = std::get<BlkConfig>(device.type).options;
  CHECK(blk.num_queues == 4);
  CHECK(blk.queue_size == 128);
  CHECK_FALSE(blk.discard);
  CHECK_FALSE(blk.write_zeroes);
  CHECK_FALSE(blk.config_wce);
  CHECK(blk.logical_block_size == 4096);
  CHECK(blk.physical_block_size == 4096);
  CHECK(blk.serial == "X");
}

TEST_CASE("a property that was not given keeps the device's own default") {
  const VirtioDeviceConfig device =
      parse_good({"-drive", "file=a,if=none,id=d", "-device", "virtio-blk,drive=d"})
          .config.virtio_devices.at(0);
  CHECK_FALSE(device.place.slot.has_value());
  CHECK_FALSE(device.pci.vectors.has_value());
  CHECK(device.pci.disable_legacy == VirtioPciOptions{}.disable_legacy);
  CHECK(device.pci.modern_pio_notify == VirtioPciOptions{}.modern_pio_notify);
  CHECK(device.pci.queue_reset == VirtioPciOptions{}.queue_reset);
  CHECK(device.pci == VirtioPciOptions{});
  CHECK(std::get<BlkConfig>(device.type).options == VirtioBlkOptions{});
}

TEST_CASE("the device's name or its property chooses the interfaces") {
  const auto legacy_of = [](std::string_view device) {
    return parse_good({"-drive", "file=a,if=none,id=d", "-device", device})
        .config.virtio_devices.at(0)
        .pci.disable_legacy;
  };
  CHECK(legacy_of("virtio-blk-pci,drive=d") == OnOffAuto::kAuto);
  CHECK(legacy_of("virtio-blk-pci,drive=d,disable-legacy=on") == OnOffAuto::kOn);
  CHECK(legacy_of("virtio-blk-pci-transitional,drive=d") == OnOffAuto::kOff);
  CHECK(legacy_of("virtio-blk-pci-non-transitional,drive=d") == OnOffAuto::kOn);
}

TEST_CASE("a device leaves its write cache to the drive unless it chooses") {
  const auto disk = [](std::string_view device) {
    return disk_of(parse_good({"-drive", "file=a,if=none,id=d", "-device", device}).config, 0);
  };
  CHECK_FALSE(disk("virtio-blk,drive=d").write_cache_chosen);
  CHECK_FALSE(disk("virtio-blk,drive=d,write-cache=auto").write_cache_chosen);
  CHECK(disk("virtio-blk,drive=d,write-cache=on").write_cache_chosen);
  CHECK(disk("virtio-blk,drive=d,write-cache=on").options.write_cache);
  CHECK(disk("virtio-blk,drive=d,write-cache=off").write_cache_chosen);
  CHECK_FALSE(disk("virtio-blk,drive=d,write-cache=off").options.write_cache);
}

TEST_CASE("-snapshot holds for drives that do not choose and may be written") {
  const MachineConfig config = parse_good({"-snapshot", "-drive", "file=a", "-drive",
                                           "file=b,snapshot=off", "-drive", "file=c,readonly=on"})
                                   .config;
  CHECK(config.drives[0].snapshot);
  CHECK_FALSE(config.drives[1].snapshot);
  CHECK_FALSE(config.drives[2].snapshot);
}

TEST_CASE("one image may be given twice where nobody changes it") {
  CHECK(parse_good({"-drive", "file=a,readonly=on", "-drive", "file=a,readonly=on"})
            .config.drives.size() == 2);
  CHECK(parse_good({"-drive", "file=a", "-drive", "file=a", "-snapshot"}).config.drives.size() ==
        2);
}

TEST_CASE("a drive without a device is kept for one that comes later, and said so") {
  const CommandLine line = parse_good({"-drive", "file=a,if=none,id=d"});
  CHECK(line.config.drives.size() == 1);
  CHECK(line.config.virtio_devices.empty());
  REQUIRE(line.notes.size() == 1);
  CHECK(line.notes[0] ==
        "drive 'd' has no device and is not opened; add -device virtio-blk-pci,drive=d");
}

}  // namespace
}  // namespace vireo
