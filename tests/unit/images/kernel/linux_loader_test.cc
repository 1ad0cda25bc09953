#include "images/kernel/linux_loader.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "tests/unit/images/kernel/kernel_builder.h"

namespace vireo {
namespace {

using namespace testing;

constexpr uint64_t kMiB = 1 << 20;

// A machine of 64 MiB with its last 64 KiB taken by ACPI tables.
struct Machine {
  GuestMemory memory = GuestMemory::on_heap(64 * kMiB);
  MemoryMap map{{GuestAddr{0}, 0x9fc00, MemoryKind::kRam},
                {GuestAddr{0x9fc00}, 0x400, MemoryKind::kReserved},
                {GuestAddr{kMiB}, 63 * kMiB - 0x10000, MemoryKind::kRam},
                {GuestAddr{64 * kMiB - 0x10000}, 0x10000, MemoryKind::kAcpiData}};

  LinuxBootRequest request(std::span<const std::byte> kernel) const {
    LinuxBootRequest request;
    request.kernel_name = "vmlinuz";
    request.kernel = kernel;
    request.initrd_name = "initrd.img";
    request.command_line = "console=ttyS0";
    request.memory_map = map;
    request.rsdp = GuestAddr{0xf0000};
    return request;
  }
  template <typename T>
  T param(const LoadedLinux& loaded, uint64_t offset) const {
    return memory.read<T>(GuestAddr{loaded.cpu.rsi + offset}).value();
  }
  Bytes read(GuestAddr at, size_t size) const {
    Bytes out(size);
    REQUIRE(memory.read_bytes(at, out));
    return out;
  }
};

TEST_CASE("the fast entry unpacks the kernel to its linked address") {
  Machine machine;
  const Bytes file = make_bzimage(pack_zstd(make_vmlinux()));

  const auto loaded = load_linux(machine.request(file), machine.memory);

  REQUIRE(loaded.ok());
  CHECK(loaded->cpu.rip == 0x100'0010);
  CHECK(loaded->kernel.base == GuestAddr{0x100'0000});
  CHECK(loaded->kernel.size == 32 << 10);
  CHECK(loaded->version == "6.1.0-test");
  CHECK(machine.read(GuestAddr{0x100'0000}, 20 << 10) == sample_bytes(20 << 10));
}

TEST_CASE("the ordinary entry loads the packed kernel at its preferred address") {
  Machine machine;
  const Bytes file = make_bzimage(pack_gzip(make_vmlinux()));
  auto request = machine.request(file);
  request.entry = KernelEntry::kOrdinary;

  const auto loaded = load_linux(request, machine.memory);

  REQUIRE(loaded.ok());
  CHECK(loaded->cpu.rip == 0x100'0200);
  CHECK(loaded->kernel.size == kMiB);
  const Bytes code(file.begin() + kTestSetupBytes, file.end());
  CHECK(machine.read(GuestAddr{0x100'0000}, code.size()) == code);
  CHECK(machine.param<uint32_t>(*loaded, setup::kCode32Start) == 0x100'0000);
}

TEST_CASE("a kernel that cannot be relocated is loaded at 1 MiB") {
  Machine machine;
  Bytes file = make_bzimage(pack_gzip(make_vmlinux()));
  put(file, setup::kRelocatableKernel, uint8_t{0});
  auto request = machine.request(file);
  request.entry = KernelEntry::kOrdinary;

  const auto loaded = load_linux(request, machine.memory);

  REQUIRE(loaded.ok());
  CHECK(loaded->cpu.rip == 0x10'0200);
  // It unpacks to its preferred address, so that memory is taken as well.
  CHECK(loaded->kernel.end() == GuestAddr{0x100'0000 + kMiB});
}

TEST_CASE("a vmlinux is entered directly and gets a header of its own") {
  Machine machine;
  const Bytes file = make_vmlinux();
  const auto loaded = load_linux(machine.request(file), machine.memory);
  REQUIRE(loaded.ok());
  CHECK(loaded->cpu.rip == 0x100'0010);
  CHECK(machine.param<uint32_t>(*loaded, setup::kHeaderMagic) == setup::kHeaderMagicValue);
  CHECK(machine.param<uint16_t>(*loaded, setup::kVersion) == 0x020f);
  CHECK(machine.param<uint64_t>(*loaded, setup::kAcpiRsdpAddr) == 0xf0000);
}

TEST_CASE("boot parameters carry the image's header and the loader's answers") {
  Machine machine;
  const Bytes file = make_bzimage(pack_lz4(make_vmlinux()));

  const auto loaded = load_linux(machine.request(file), machine.memory);

  REQUIRE(loaded.ok());
  CHECK(machine.param<uint32_t>(*loaded, setup::kInitSize) == kMiB);
  CHECK(machine.param<uint8_t>(*loaded, setup::kTypeOfLoader) == 0xff);
  CHECK(machine.param<uint8_t>(*loaded, setup::kLoadFlags) == setup::kLoadedHigh);
  CHECK(machine.param<uint64_t>(*loaded, setup::kSetupData) == 0);
  CHECK(machine.param<uint64_t>(*loaded, setup::kAcpiRsdpAddr) == 0xf0000);
  CHECK(machine.param<uint8_t>(*loaded, 0x1ef) == 0);  // sentinel
  const GuestAddr line{machine.param<uint32_t>(*loaded, setup::kCmdLinePtr)};
  CHECK(machine.read(line, 14) == bytes_of(std::string_view("console=ttyS0\0", 14)));
}

TEST_CASE("protocols before 2.14 get no RSDP address") {
  Machine machine;
  Bytes file = make_bzimage(pack_lz4(make_vmlinux()));
  put(file, setup::kVersion, uint16_t{0x020d});
  const auto loaded = load_linux(machine.request(file), machine.memory);
  REQUIRE(loaded.ok());
  CHECK(machine.param<uint64_t>(*loaded, setup::kAcpiRsdpAddr) == 0);
}

TEST_CASE("the memory map becomes the e820 table") {
  Machine machine;
  const Bytes file = make_vmlinux();

  const auto loaded = load_linux(machine.request(file), machine.memory);

  REQUIRE(loaded.ok());
  REQUIRE(machine.param<uint8_t>(*loaded, setup::kE820Entries) == machine.map.size());
  for (size_t i = 0; i < machine.map.size(); ++i) {
    const uint64_t entry = setup::kE820Table + 20 * i;
    CHECK(machine.param<uint64_t>(*loaded, entry) == machine.map[i].base.value);
    CHECK(machine.param<uint64_t>(*loaded, entry + 8) == machine.map[i].size);
    CHECK(machine.param<uint32_t>(*loaded, entry + 16) ==
          static_cast<uint32_t>(machine.map[i].kind));
  }
}

TEST_CASE("the initrd goes as high in low RAM as it may") {
  Machine machine;
  const Bytes file = make_bzimage(pack_xz(make_vmlinux()));
  const Bytes initrd = sample_bytes(5000);
  auto request = machine.request(file);
  request.initrd = initrd;

  const auto loaded = load_linux(request, machine.memory);

  REQUIRE(loaded.ok());
  CHECK(loaded->initrd.base == GuestAddr{64 * kMiB - 0x10000 - 0x2000});
  CHECK(machine.read(loaded->initrd.base, initrd.size()) == initrd);
  CHECK(machine.param<uint32_t>(*loaded, setup::kRamdiskImage) == loaded->initrd.base.value);
  CHECK(machine.param<uint32_t>(*loaded, setup::kRamdiskSize) == 5000);
  CHECK(machine.param<uint32_t>(*loaded, setup::kExtRamdiskImage) == 0);
}

TEST_CASE("the initrd respects the kernel's highest address") {
  Machine machine;
  Bytes file = make_bzimage(pack_xz(make_vmlinux()));
  put(file, setup::kInitrdAddrMax, uint32_t{32 * kMiB - 1});
  const Bytes initrd = sample_bytes(4096);
  auto request = machine.request(file);
  request.initrd = initrd;
  const auto loaded = load_linux(request, machine.memory);
  REQUIRE(loaded.ok());
  CHECK(loaded->initrd.base == GuestAddr{32 * kMiB - 4096});
}

TEST_CASE("an initrd that does not fit names itself and -m") {
  Machine machine;
  const Bytes file = make_vmlinux();
  const Bytes initrd(48 * kMiB);
  auto request = machine.request(file);
  request.initrd = initrd;
  const auto loaded = load_linux(request, machine.memory);
  REQUIRE_FALSE(loaded.ok());
  CHECK(mentions(loaded.error().message, "initrd.img: an initrd of 48 MiB"));
  CHECK(mentions(loaded.error().message, "-m"));
}

TEST_CASE("a kernel that needs more memory than there is names itself and -m") {
  Machine machine;
  machine.map[2].size = 8 * kMiB;
  const Bytes file = make_bzimage(pack_gzip(make_vmlinux()));
  for (const KernelEntry entry : {KernelEntry::kFast, KernelEntry::kOrdinary}) {
    auto request = machine.request(file);
    request.entry = entry;
    const auto loaded = load_linux(request, machine.memory);
    REQUIRE_FALSE(loaded.ok());
    CHECK(mentions(loaded.error().message, "vmlinuz: needs memory"));
    CHECK(mentions(loaded.error().message, "-m"));
  }
}

TEST_CASE("a kernel may not cover the loader's own structures") {
  Machine machine;
  const Bytes file = make_elf(0x2000, {{0x2000, 0x2000, sample_bytes(64), 64}});
  CHECK_FALSE(load_linux(machine.request(file), machine.memory).ok());
}

TEST_CASE("too long a command line is refused with its length") {
  Machine machine;
  const Bytes file = make_vmlinux();
  const std::string line(2048, 'x');
  auto request = machine.request(file);
  request.command_line = line;
  const auto loaded = load_linux(request, machine.memory);
  REQUIRE_FALSE(loaded.ok());
  CHECK(mentions(loaded.error().message, "2048 characters"));
}

TEST_CASE("a 32-bit kernel is entered in protected mode, unpacked or packed") {
  Machine machine;
  Bytes file = make_bzimage(pack_gzip(make_vmlinux32()));
  put(file, setup::kXloadflags, uint16_t{0});
  auto request = machine.request(file);
  SUBCASE("fast: at the unpacked kernel's entry") {
    const auto loaded = load_linux(request, machine.memory);
    REQUIRE(loaded.ok());
    CHECK(loaded->cpu.mode == EntryMode::kProtected);
    CHECK(loaded->cpu.rip == 0x100'0010);
    CHECK(loaded->cpu.cr3 == 0);
  }
  SUBCASE("ordinary: at the image's first byte") {
    request.entry = KernelEntry::kOrdinary;
    const auto loaded = load_linux(request, machine.memory);
    REQUIRE(loaded.ok());
    CHECK(loaded->cpu.mode == EntryMode::kProtected);
    CHECK(loaded->cpu.rip == 0x100'0000);
  }
}

TEST_CASE("an image without a packed kernel is entered as it is") {
  Machine machine;
  Bytes file = make_bzimage(Bytes{});
  put(file, setup::kPayloadOffset, uint32_t{0});
  const auto loaded = load_linux(machine.request(file), machine.memory);
  REQUIRE(loaded.ok());
  CHECK(loaded->cpu.rip == 0x100'0200);
}

TEST_CASE("a zImage, which is loaded low, is refused with the cure") {
  Machine machine;
  Bytes file = make_bzimage(pack_gzip(make_vmlinux()));
  put(file, setup::kLoadFlags, uint8_t{0});
  auto request = machine.request(file);
  request.entry = KernelEntry::kOrdinary;
  const auto loaded = load_linux(request, machine.memory);
  REQUIRE_FALSE(loaded.ok());
  CHECK(mentions(loaded.error().message, "give a bzImage"));
}

TEST_CASE("an image that names no protected-mode entry is refused with the cure") {
  Machine machine;
  Bytes file = make_bzimage(Bytes{});
  put(file, setup::kPayloadOffset, uint32_t{0});
  put(file, setup::kXloadflags, uint16_t{0});
  CHECK(load_linux(machine.request(file), machine.memory).ok());
  put(file, setup::kCode32Start, uint32_t{0});
  const auto loaded = load_linux(machine.request(file), machine.memory);
  REQUIRE_FALSE(loaded.ok());
  CHECK(mentions(loaded.error().message, "can only be entered in real mode"));
  CHECK(mentions(loaded.error().message, "-bios"));
}

TEST_CASE("a file that is no kernel names what it is, and the kinds that are") {
  Machine machine;
  const Bytes file = bytes_of("just text");
  const auto loaded = load_linux(machine.request(file), machine.memory);
  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().message ==
        "vmlinuz: is no kernel but text; give a Linux bzImage, an ELF kernel or a multiboot kernel "
        "to -kernel");
}

TEST_CASE("kernels with damaged headers end in a result, whatever the damage") {
  std::mt19937 random(1);
  Machine machine;
  const Bytes good = make_bzimage(pack_gzip(make_vmlinux()));
  for (int round = 0; round < 2000; ++round) {
    Bytes file = good;
    for (int i = 0; i < 3; ++i) file[0x1f1 + random() % 0x80] = static_cast<std::byte>(random());
    put(file, setup::kBootFlag, setup::kBootFlagValue);
    put(file, setup::kHeaderMagic, setup::kHeaderMagicValue);
    auto request = machine.request(file);
    request.entry = round % 2 == 0 ? KernelEntry::kFast : KernelEntry::kOrdinary;
    const auto loaded = load_linux(request, machine.memory);
    if (!loaded.ok()) CHECK(mentions(loaded.error().message, "vmlinuz"));
  }
}

}  // namespace
}  // namespace vireo
