// Machines that start in a ROM, and what they are told.
#include "tests/unit/board/machine_bench.h"
#include "tests/unit/board/snapshot_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

// 16-bit code at the start of the last 64 KiB; the processor jumps there.
std::vector<std::byte> rom_with(std::initializer_list<unsigned> code, size_t size = 0x10000) {
  std::vector<std::byte> rom(size, std::byte{0xf4});
  size_t at = size - 0x10000;
  for (const unsigned byte : code) rom[at++] = static_cast<std::byte>(byte);
  constexpr unsigned kJump[] = {0xea, 0x00, 0x00, 0x00, 0xf0};  // jmp 0xf000:0
  at = size - 16;
  for (const unsigned byte : kJump) rom[at++] = static_cast<std::byte>(byte);
  return rom;
}

struct RomBench : MachineBench {
  explicit RomBench(std::vector<std::byte> rom) : MachineBench(GuestCode()) {
    host.files["rom"] = std::move(rom);
    config.kernel.kernel_path.clear();
    config.firmware.path = "rom";
  }
};

// Ends with how many files the configuration device has.
std::vector<std::byte> count_files() {
  // mov dx, 0x510; mov ax, 0x19; out dx, ax; inc dx; four times in al, dx; out 0xf4, al
  return rom_with(
      {0xba, 0x10, 0x05, 0xb8, 0x19, 0x00, 0xef, 0x42, 0xec, 0xec, 0xec, 0xec, 0xe6, 0xf4});
}

VirtioDeviceConfig device_with_rom(const std::string& path, bool bar) {
  VirtioDeviceConfig device;
  device.model = "virtio-rng-pci";
  device.romfile = path;
  device.rom_bar = bar;
  device.type = RngConfig{};
  return device;
}

}  // namespace

TEST_CASE("without a kernel the processor starts in the ROM, which it finds below 1 MiB as well") {
  RomBench bench(rom_with({0xb0, 0x2a, 0xe6, 0xf4}));  // mov al, 0x2a; out 0xf4, al
  CHECK(bench.run().exit_code == debug_exit_code(0x2a));
  RomBench large(rom_with({0xb0, 0x2b, 0xe6, 0xf4}, 0x40000));
  CHECK(large.run().exit_code == debug_exit_code(0x2b));
}

TEST_CASE("stores to the ROM change nothing") {
  // mov byte cs:[0x100], 7; mov al, cs:[0x100]; out 0xf4, al
  RomBench bench(
      rom_with({0x2e, 0xc6, 0x06, 0x00, 0x01, 0x07, 0x2e, 0xa0, 0x00, 0x01, 0xe6, 0xf4}));
  CHECK(bench.run().exit_code == (debug_exit_code(0xf4) & 0xff));
}

TEST_CASE("firmware finds the configuration device, and the number of processors in it") {
  // mov dx, 0x510; mov ax, 5; out dx, ax; inc dx; in al, dx; out 0xf4, al
  RomBench bench(rom_with({0xba, 0x10, 0x05, 0xb8, 0x05, 0x00, 0xef, 0x42, 0xec, 0xe6, 0xf4}));
  bench.config.topology = CpuTopology{.sockets = 3};
  CHECK(bench.run().exit_code == debug_exit_code(3));
}

TEST_CASE("CMOS tells firmware what it starts from and how many processors there are") {
  // mov al, 0x3d; out 0x70, al; in al, 0x71; out 0xf4, al
  RomBench bench(rom_with({0xb0, 0x3d, 0xe6, 0x70, 0xe4, 0x71, 0xe6, 0xf4}));
  CHECK(bench.run().exit_code == debug_exit_code(0x12));
  RomBench other(rom_with({0xb0, 0x3d, 0xe6, 0x70, 0xe4, 0x71, 0xe6, 0xf4}));
  other.config.firmware.boot_order = "dc";
  CHECK(other.run().exit_code == debug_exit_code(0x23));
}

TEST_CASE("firmware finds bridges that forward DMA") {
  // mov dx, 0xcf8; mov eax, 0x80001004; out dx, eax; mov dx, 0xcfc; in al, dx; out 0xf4, al
  RomBench bench(rom_with({0xba, 0xf8, 0x0c, 0x66, 0xb8, 0x04, 0x10, 0x00, 0x80, 0x66, 0xef, 0xba,
                           0xfc, 0x0c, 0xec, 0xe6, 0xf4}));
  PciBridgeConfig port;
  port.id = "port";
  port.model = "pcie-root-port";
  bench.config.pci_bridges = {port};
  CHECK(bench.run().exit_code == debug_exit_code(0x04));
}

TEST_CASE("files of -fw_cfg are there for a kernel as well") {
  MachineBench bench(std::move(GuestCode()
                                   .out16(0x510, 0x19)
                                   .in8(0x511).in8(0x511).in8(0x511).in8(0x511)
                                   .out_al(kDebugExit)));
  bench.config.fw_cfg_files = {{"opt/a", "", "text"}};
  const int with_tables = bench.run().exit_code >> 1;
  MachineBench two(std::move(GuestCode()
                                 .out16(0x510, 0x19)
                                 .in8(0x511).in8(0x511).in8(0x511).in8(0x511)
                                 .out_al(kDebugExit)));
  two.host.files["f"] = {std::byte{1}};
  two.config.fw_cfg_files = {{"opt/a", "", "text"}, {"opt/b", "f", ""}};
  const int with_one_more = two.run().exit_code >> 1;
  CHECK(with_one_more == with_tables + 1);
}

TEST_CASE("firmware gets ROMs without a register from the configuration device, each once") {
  const auto files_with = [](const std::vector<VirtioDeviceConfig>& devices) {
    RomBench bench(count_files());
    bench.host.files["roms/a"] = bench.host.files["again/a"] = {std::byte{1}};
    bench.host.files["roms/b"] = {std::byte{2}};
    bench.config.virtio_devices = devices;
    return bench.run().exit_code >> 1;
  };
  const int none = files_with({device_with_rom("roms/a", true)});
  CHECK(files_with({device_with_rom("roms/a", false)}) == none + 1);
  CHECK(files_with({device_with_rom("", false)}) == none);
  CHECK(files_with({device_with_rom("roms/a", false), device_with_rom("again/a", false),
                    device_with_rom("roms/b", false)}) == none + 2);
}

TEST_CASE("two ROMs of one name, and one of a long name, are refused") {
  RomBench two(count_files());
  two.host.files["x/a"] = {std::byte{1}};
  two.host.files["y/a"] = {std::byte{2}};
  two.config.virtio_devices = {device_with_rom("x/a", false), device_with_rom("y/a", false)};
  CHECK(two.build().error().message.find("-device virtio-rng-pci: romfile=y/a: another") == 0);
  const std::string name(60, 'n');
  RomBench longer(count_files());
  longer.host.files[name] = {std::byte{1}};
  longer.config.virtio_devices = {device_with_rom(name, false)};
  CHECK(longer.build().error().message.find("rombar=off: firmware cannot be given the ROM n") == 0);
}

TEST_CASE("a firmware that cannot be one is refused, and so are names that are taken") {
  RomBench odd(std::vector<std::byte>(1000));
  CHECK(odd.build().error().message ==
        "-bios rom: 1000 bytes; a firmware has a multiple of 64 KiB, up to 16 MiB");
  RomBench missing(rom_with({}));
  missing.host.files.erase("rom");
  CHECK(missing.build().error().message == "-bios: firmware rom: no such file");
  RomBench taken(rom_with({}));
  taken.config.fw_cfg_files = {{"etc/e820", "", "x"}};
  CHECK(taken.build().error().message.find("-fw_cfg etc/e820: the machine has a file") == 0);
}

TEST_CASE("a machine in its ROM goes on from a snapshot as it does without") {
  // mov cx, 200; loop; mov al, cs:[0]; out 0xf4, al
  const auto rom = rom_with({0xb9, 0xc8, 0x00, 0xe2, 0xfe, 0x2e, 0xa0, 0x00, 0x00, 0xe6, 0xf4});
  const SnapshotFolder folder;
  RomBench first(rom);
  REQUIRE(first.build().ok());
  end_at(*first.machine, 100);
  (void)first.run();
  REQUIRE(first.machine->snapshots().save(folder.file("s"), {}).ok());
  RomBench second(rom);
  second.config.snapshots.load_path = folder.file("s");
  REQUIRE(second.build().ok());
  REQUIRE(second.machine->snapshots().load(folder.file("s"), {}).ok());
  CHECK(second.run().exit_code == (debug_exit_code(0xb9) & 0xff));
}
