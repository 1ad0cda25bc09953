// What must be right before a machine is made, and how the guest's clocks begin.
#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

BlkConfig disk_of(const std::string& drive) {
  BlkConfig disk;
  disk.drive = drive;
  return disk;
}

std::string error_of(MachineBench& bench) {
  const auto built = bench.build();
  return built.ok() ? "" : built.error().message;
}

// Ends with the RTC's register.
GuestCode read_rtc(uint8_t index) {
  return std::move(GuestCode().out8(0x70, index).in8(0x71).append(exit_with_al()));
}

}  // namespace

TEST_CASE("what is wrong is named") {
  MachineBench bench(GuestCode().hlt());
  SUBCASE("no kernel") {
    bench.config.kernel.kernel_path.clear();
    CHECK(error_of(bench).find("-kernel") != std::string::npos);
  }
  SUBCASE("a kernel that is not there") {
    bench.config.kernel.kernel_path = "nowhere";
    CHECK(error_of(bench).find("nowhere") != std::string::npos);
  }
  SUBCASE("a kernel that is none") {
    bench.host.files["guest"] = std::vector<std::byte>(4096);
    CHECK(error_of(bench).find("guest") != std::string::npos);
  }
  SUBCASE("an initrd that is not there") {
    bench.config.kernel.initrd_path = "nowhere";
    CHECK(error_of(bench).find("nowhere") != std::string::npos);
  }
  SUBCASE("an initrd that is none") {
    bench.host.files["garbage"] = std::vector<std::byte>(4096, std::byte{0x55});
    bench.config.kernel.initrd_path = "garbage";
    CHECK(error_of(bench).find("garbage: is no initrd") == 0);
  }
  SUBCASE("a CPU that we do not have") {
    bench.config.cpu_model = "z80";
    CHECK(error_of(bench).find("z80") != std::string::npos);
  }
  SUBCASE("a debug exit on the ports of COM1") {
    bench.config.debug_exit = DebugExitConfig{kCom1, 4};
    CHECK(error_of(bench).find("-device isa-debug-exit: port 0x3f8") == 0);
  }
  SUBCASE("a debug exit beyond the last port") {
    bench.config.debug_exit = DebugExitConfig{0xfffe, 4};
    CHECK(error_of(bench).find("-device isa-debug-exit: port 0x10000") == 0);
  }
  SUBCASE("too little memory") {
    bench.config.memory_bytes = 1 * kMiB;
    CHECK(error_of(bench).find("-m") == 0);
  }
  SUBCASE("a disk that is not there") {
    DriveConfig drive;
    drive.id = "d";
    drive.path = "nowhere";
    bench.config.drives.push_back(drive);
    bench.config.virtio_devices.emplace_back().type = disk_of("d");
    CHECK(error_of(bench).find("nowhere") != std::string::npos);
  }
  SUBCASE("a disk with blocks of an odd size") {
    auto image = std::make_shared<MemoryFile::State>();
    image->bytes.resize(64 * 512);
    bench.host.images["d"] = image;
    DriveConfig drive;
    drive.id = drive.path = "d";
    bench.config.drives.push_back(drive);
    VirtioDeviceConfig& device = bench.config.virtio_devices.emplace_back();
    device.model = "virtio-blk-pci";
    BlkConfig disk = disk_of("d");
    disk.options.logical_block_size = 513;
    device.type = disk;
    CHECK(error_of(bench) ==
          "-device virtio-blk-pci: logical_block_size=513 must be 512, 1024, 2048 or 4096");
  }
  SUBCASE("a device without a drive") {
    bench.config.virtio_devices.emplace_back().type = disk_of("d");
    CHECK(error_of(bench).find("'d'") != std::string::npos);
  }
}

TEST_CASE("the clock starts at the fixed date, or at the host's") {
  int expected = 0;
  uint8_t index = 9;  // year, BCD
  RtcConfig rtc;
  SUBCASE("default: 2026") { expected = 0x26; }
  SUBCASE("host: 2001-09-09 01:46:40") {
    rtc.base = RtcConfig::Base::kHostUtc;
    expected = 0x01;
  }
  SUBCASE("host's local time is an hour ahead") {
    rtc.base = RtcConfig::Base::kHostLocal;
    index = 4;
    expected = 0x02;
  }
  MachineBench bench(read_rtc(index));
  bench.config.rtc = rtc;
  CHECK(bench.run().exit_code == debug_exit_code(static_cast<unsigned>(expected)));
}

TEST_CASE("CMOS tells the memory") {
  SUBCASE("extended memory in KiB, low byte") {
    MachineBench bench(read_rtc(0x30));
    CHECK(bench.run().exit_code == (debug_exit_code((15 * 1024) & 0xff) & 0xff));
  }
  SUBCASE("and high byte") {
    MachineBench bench(read_rtc(0x31));
    CHECK(bench.run().exit_code == debug_exit_code((15 * 1024) >> 8));
  }
}

TEST_CASE("RAM that does not fit below the configuration window is above 4 GiB") {
  GuestCode guest;
  uint64_t address = 0;
  int expected = 0x5a;
  SUBCASE("conventional memory") { address = 0x9f000; }
  SUBCASE("behind the BIOS area") { address = 0xc0000; }
  SUBCASE("the top of the low part") { address = 0xaffeff00; }
  SUBCASE("the VGA hole has none") {
    address = 0xa0000;
    expected = 0xff;
  }
  guest.store32(address, 0x5a);
  MachineBench bench(guest.load32(address).append(exit_with_al()));
  bench.config.memory_bytes = 4 * kGiB;
  CHECK(bench.run().exit_code == (debug_exit_code(static_cast<unsigned>(expected)) & 0xff));
}
