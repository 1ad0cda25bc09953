// What firmware would have done to the PCI bus, as a guest finds it.
#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

constexpr uint32_t config_address(unsigned device, unsigned offset) {
  return 0x80000000u | device << 11 | offset;
}
constexpr uint64_t ecam(unsigned device, unsigned offset) {
  return 0xb0000000 + (uint64_t{device} << 15) + offset;
}

GuestCode config_read(unsigned device, unsigned offset) {
  return std::move(GuestCode().out32(0xcf8, config_address(device, offset)).in32(0xcfc));
}

std::shared_ptr<MemoryFile::State> blank_image() {
  auto state = std::make_shared<MemoryFile::State>();
  state->bytes.resize(64 * 512);
  return state;
}

VirtioDeviceConfig& add_disk(MachineBench& bench, const std::string& id,
                             std::optional<PciSlot> at = {}) {
  bench.host.images[id] = blank_image();
  DriveConfig drive;
  drive.id = drive.path = id;
  bench.config.drives.push_back(drive);
  VirtioDeviceConfig& device = bench.config.virtio_devices.emplace_back();
  device.model = "virtio-blk-pci";
  device.place.slot = at;
  BlkConfig disk;
  disk.drive = id;
  device.type = disk;
  return device;
}

// Ends with 1 when the device has the vendor of virtio, else 0.
GuestCode find_virtio(unsigned device) {
  // and eax, 0xffff; cmp eax, 0x1af4; sete al
  return std::move(config_read(device, 0)
                       .bytes({0x25, 0xff, 0xff, 0, 0, 0x3D, 0xf4, 0x1a, 0, 0})
                       .al_if_equal()
                       .append(exit_with_al()));
}

}  // namespace

TEST_CASE("configuration space is the same through the ports and through ECAM") {
  unsigned device = 0, offset = 0;
  SUBCASE("host bridge, vendor and device") {}
  SUBCASE("host bridge, ECAM register") { offset = 0x60; }
  SUBCASE("LPC bridge, vendor and device") { device = 31; }
  SUBCASE("LPC bridge, power management base") {
    device = 31;
    offset = 0x40;
  }
  SUBCASE("an empty slot") { device = 7; }
  GuestCode guest = config_read(device, offset);
  guest.mov_ecx_eax().load32(ecam(device, offset)).cmp_eax_ecx().al_if_equal();
  MachineBench bench(guest.append(exit_with_al()));
  CHECK(bench.run().exit_code == debug_exit_code(1));
}

TEST_CASE("INP-01: PCI is told what kind of input device it is") {
  MachineBench bench(GuestCode().hlt());
  for (const InputKind kind : {InputKind::kKeyboard, InputKind::kMouse, InputKind::kTablet}) {
    VirtioInputOptions options;
    options.kind = kind;
    bench.config.virtio_devices.emplace_back().type = InputConfig{options};
  }
  bench.config.virtio_devices.emplace_back().type = GpuConfig{};
  REQUIRE(bench.build().ok());
  std::vector<unsigned> classes;
  bench.machine->panel().virtio.for_each([&](VirtioUnit& unit) {
    const ConfigSpace& config = unit.function->config();
    classes.push_back(config.get<uint16_t>(pci_reg::kClassCode + 1));
    CHECK(config.get<uint8_t>(pci_reg::kClassCode) == 0);
  });
  CHECK(classes == std::vector<unsigned>{0x0900, 0x0902, 0x0980, 0x0380});
}

TEST_CASE("PIRQs are routed to IRQ 10 and 11 and these are level-triggered") {
  SUBCASE("PIRQ A") {
    MachineBench bench(config_read(31, 0x60).append(exit_with_al()));
    CHECK(bench.run().exit_code == debug_exit_code(10));
  }
  SUBCASE("PIRQ H") {
    MachineBench bench(config_read(31, 0x68).bytes({0xC1, 0xE8, 24}).append(exit_with_al()));
    CHECK(bench.run().exit_code == debug_exit_code(11));
  }
  SUBCASE("ELCR") {
    MachineBench bench(GuestCode().in8(0x4d1).append(exit_with_al()));
    CHECK(bench.run().exit_code == debug_exit_code(0x0e));
  }
}

TEST_CASE("disks take the free slots from 2 on") {
  unsigned slot = 0, expected = 0;
  SUBCASE("slot 1 is free") { slot = 1; }
  SUBCASE("the first disk") { slot = 2, expected = 1; }
  SUBCASE("the second disk, around the third's place") { slot = 4, expected = 1; }
  SUBCASE("the third disk, where it wants to be") { slot = 3, expected = 1; }
  MachineBench bench(find_virtio(slot));
  add_disk(bench, "a");
  add_disk(bench, "b");
  add_disk(bench, "c", PciSlot{3, 0});
  CHECK(bench.run().exit_code == debug_exit_code(expected));
}

TEST_CASE("two devices in one place are refused") {
  MachineBench bench(GuestCode().hlt());
  add_disk(bench, "a", PciSlot{3, 0});
  add_disk(bench, "b", PciSlot{3, 0});
  const auto built = bench.build();
  REQUIRE_FALSE(built.ok());
  CHECK(built.error().message.find("taken by") != std::string::npos);
}

TEST_CASE("several functions share a slot where function 0 says so") {
  MachineBench bench(find_virtio(3));
  add_disk(bench, "a", PciSlot{3, 1});
  SUBCASE("it does") {
    add_disk(bench, "b", PciSlot{3, 0}).place.multifunction = true;
    CHECK(bench.run().exit_code == debug_exit_code(1));
    return;
  }
  SUBCASE("it does not") { add_disk(bench, "b", PciSlot{3, 0}); }
  SUBCASE("there is none") {}
  const auto built = bench.build();
  REQUIRE_FALSE(built.ok());
  CHECK(built.error().message ==
        "virtio-blk0: addr=3.1 is seen only beside a function 0; give the device at addr=3.0 "
        "multifunction=on");
}

TEST_CASE("a bus that is not there is refused") {
  MachineBench bench(GuestCode().hlt());
  add_disk(bench, "a").place.bus = "rp1";
  const auto built = bench.build();
  REQUIRE_FALSE(built.ok());
  CHECK(built.error().message ==
        "-device virtio-blk-pci: bus=rp1: there is no such bus; those before it are pcie.0");
}

TEST_CASE("more disks than slots are refused") {
  MachineBench bench(GuestCode().hlt());
  for (int i = 0; i < 30; ++i) add_disk(bench, "disk" + std::to_string(i));
  const auto built = bench.build();
  REQUIRE_FALSE(built.ok());
  CHECK(built.error().message.find("no free slot") != std::string::npos);
}

TEST_CASE("a disk's BARs decode and its interrupt line is set when the guest starts") {
  SUBCASE("command: I/O and memory on, bus mastering off") {
    MachineBench bench(config_read(2, 4).bytes({0x83, 0xE0, 0x07}).append(exit_with_al()));
    add_disk(bench, "a");
    CHECK(bench.run().exit_code == debug_exit_code(3));
  }
  SUBCASE("interrupt line") {
    MachineBench bench(config_read(2, 0x3c).append(exit_with_al()));
    add_disk(bench, "a");
    const int code = bench.run().exit_code;
    CHECK((code == debug_exit_code(10) || code == debug_exit_code(11)));
  }
}

TEST_CASE("drives are opened as their options say") {
  MachineBench bench(GuestCode().out8(kDebugExit, 0));
  add_disk(bench, "a");
  add_disk(bench, "b");
  add_disk(bench, "c");
  bench.config.drives[1].snapshot = true;
  bench.config.drives[2].cache = CacheMode::kNone;
  bench.run();
  REQUIRE(bench.host.opened.size() == 3);
  CHECK_FALSE(bench.host.opened[0].read_only);
  CHECK(bench.host.opened[1].read_only);
  CHECK(bench.host.opened[2].direct);
}

TEST_CASE("disks are flushed at the end, except with cache=unsafe") {
  MachineBench bench(GuestCode().out16(0x604, 0x2000));
  add_disk(bench, "a");
  add_disk(bench, "b");
  bench.config.drives[1].cache = CacheMode::kUnsafe;
  bench.run();
  CHECK(bench.host.images["a"]->syncs == 1);
  CHECK(bench.host.images["b"]->syncs == 0);
}
