// Kernels by their PVH note and of the multiboot kind, and files that are neither.
#include <doctest/doctest.h>

#include <random>

#include "images/kernel/file_kind.h"
#include "images/kernel/kernel_loader.h"
#include "images/kernel/multiboot.h"
#include "images/kernel/pvh.h"
#include "tests/unit/images/kernel/kernel_builder.h"

namespace vireo {
namespace {

using namespace testing;

constexpr uint64_t kMiB = 1 << 20;
constexpr uint32_t kXenEntryNote = 18;

struct Machine {
  GuestMemory memory = GuestMemory::on_heap(32 * kMiB);
  MemoryMap map{{GuestAddr{0}, 0x9fc00, MemoryKind::kRam},
                {GuestAddr{kMiB}, 31 * kMiB, MemoryKind::kRam}};
  LinuxBootRequest request(std::span<const std::byte> kernel) const {
    LinuxBootRequest request;
    request.kernel_name = "kernel";
    request.kernel = kernel;
    request.command_line = "a b";
    request.memory_map = map;
    request.rsdp = GuestAddr{0xf0000};
    return request;
  }
  template <typename T = uint32_t>
  T at(uint64_t address) const {
    return memory.read<T>(GuestAddr{address}).value();
  }
  std::string text(uint64_t address) const {
    std::string out;
    while (const auto byte = at<uint8_t>(address++)) out += static_cast<char>(byte);
    return out;
  }
};

// A header at `at` in a file of 4 KiB.
Bytes multiboot(uint32_t flags, size_t at = 64, std::initializer_list<uint32_t> addresses = {}) {
  Bytes out = sample_bytes(4096);
  put(out, at, uint32_t{0x1badb002});
  put(out, at + 4, flags);
  put(out, at + 8, static_cast<uint32_t>(0u - 0x1badb002 - flags));
  size_t field = at + 12;
  for (const uint32_t address : addresses) {
    put(out, field, address);
    field += 4;
  }
  return out;
}

// Loaded as a whole at 2 MiB, with a page of zeros behind it.
Bytes by_addresses(uint32_t flags = 1u << 16) {
  return multiboot(flags, 64, {0x200040, 0x200000, 0, 0x202000, 0x200100});
}

TEST_CASE("a PVH note is where an ELF kernel is entered, in protected mode with its start info") {
  Machine machine;
  const Bytes file =
      make_elf(0x100'0010, {{0x100'0000, 0xffff'ffff'8100'0000, sample_bytes(8192), 16384}},
               make_xen_note(kXenEntryNote, 0x100'0020));
  const Bytes initrd = sample_bytes(5000);
  auto request = machine.request(file);
  request.initrd = initrd;

  const auto loaded = load_kernel(request, machine.memory);

  REQUIRE(loaded.ok());
  CHECK(loaded->cpu.mode == EntryMode::kProtected);
  CHECK(loaded->cpu.rip == 0x100'0020);
  const uint64_t info = loaded->cpu.rbx;
  CHECK(machine.at(info) == 0x336ec578);
  CHECK(machine.at(info + 4) == 1);
  CHECK(machine.at(info + 12) == 1);
  const auto module = machine.at<uint64_t>(info + 16);
  CHECK(machine.at<uint64_t>(module) == loaded->initrd.base.value);
  CHECK(machine.at<uint64_t>(module + 8) == 5000);
  CHECK(machine.text(machine.at<uint64_t>(info + 24)) == "a b");
  CHECK(machine.at<uint64_t>(info + 32) == 0xf0000);
  const auto map = machine.at<uint64_t>(info + 40);
  CHECK(machine.at(info + 48) == 2);
  CHECK(machine.at<uint64_t>(map + 24) == kMiB);
  CHECK(machine.at<uint64_t>(map + 32) == 31 * kMiB);
  CHECK(machine.at(map + 40) == 1);
}

TEST_CASE("a multiboot kernel gets what it is told in its information, and its modules by pages") {
  Machine machine;
  const Bytes file = by_addresses(), one = sample_bytes(5000), two = sample_bytes(10);
  auto request = machine.request(file);
  request.modules = {{"one x", one}, {"two", two}};

  const auto loaded = load_kernel(request, machine.memory);

  REQUIRE(loaded.ok());
  CHECK(loaded->cpu.mode == EntryMode::kProtected);
  CHECK(loaded->cpu.rip == 0x200100);
  CHECK(loaded->cpu.rax == 0x2badb002);
  CHECK(machine.at(0x200040) == 0x1badb002);
  const uint64_t info = loaded->cpu.rbx;
  CHECK(machine.at(info) == 0x24d);
  CHECK(machine.at(info + 4) == 639);
  CHECK(machine.at(info + 8) == 31 << 10);
  CHECK(machine.text(machine.at(info + 16)) == "kernel a b");
  CHECK(machine.at(info + 20) == 2);
  const uint64_t list = machine.at(info + 24);
  CHECK(machine.at(list) == 0x202000);
  CHECK(machine.at(list + 4) == 0x202000 + 5000);
  CHECK(machine.text(machine.at(list + 8)) == "one x");
  CHECK(machine.at(list + 16) == 0x204000);
  CHECK(machine.text(machine.at(list + 24)) == "two");
  CHECK(machine.at(info + 44) == 2 * 24);
  const uint64_t map = machine.at(info + 48);
  CHECK(machine.at(map) == 20);
  CHECK(machine.at<uint64_t>(map + 24 + 4) == kMiB);
  CHECK(machine.text(machine.at(info + 64)) == "vireo");
}

TEST_CASE("a multiboot header is found in the first 8 KiB, at each fourth byte") {
  CHECK(is_multiboot(multiboot(0, 0)));
  CHECK(is_multiboot(multiboot(3, 4084)));
  CHECK_FALSE(is_multiboot(multiboot(0, 62)));
  Bytes wrong_sum = multiboot(0);
  put(wrong_sum, 72, uint32_t{1});
  CHECK_FALSE(is_multiboot(wrong_sum));
  Bytes late(8192, std::byte{0});
  const Bytes header = multiboot(0, 0);
  late.insert(late.end(), header.begin(), header.end());
  CHECK_FALSE(is_multiboot(late));
}

TEST_CASE("a 32-bit ELF file with a multiboot header is loaded by its segments") {
  Machine machine;
  const Bytes code = multiboot(3, 128);
  const Bytes file = make_elf32(0x20'0010, {0x20'0000, 0x20'0000, code, 8192});
  const auto loaded = load_kernel(machine.request(file), machine.memory);
  REQUIRE(loaded.ok());
  CHECK(loaded->cpu.rip == 0x20'0010);
  CHECK(loaded->kernel.size == 8192);
}

TEST_CASE("what a multiboot kernel asks for in vain is said") {
  Machine machine;
  const auto error = [&](const Bytes& file) {
    const auto loaded = load_kernel(machine.request(file), machine.memory);
    return loaded.ok() ? "" : loaded.error().message;
  };
  CHECK(error(multiboot(1u << 5)) ==
        "kernel: demands features 0x20 of a multiboot loader, which are unknown");
  CHECK(error(multiboot(0)).find("no ELF file and its header has no addresses") !=
        std::string::npos);
  CHECK(error(make_elf(0x20'0000, {{0x20'0000, 0x20'0000, multiboot(0), 4096}}))
            .find("is a 64-bit ELF file") != std::string::npos);
  CHECK(error(multiboot(1u << 16, 64, {0x200040, 0x200041, 0, 0, 0})).find("load address") !=
        std::string::npos);
  CHECK(error(multiboot(1u << 16, 64, {0x200040, 0x200000, 0x203000, 0, 0})).find("load_end") !=
        std::string::npos);
  CHECK(error(multiboot(1u << 16, 64, {0x10040, 0x10000, 0, 0, 0})).find("-m") !=
        std::string::npos);
}

TEST_CASE("modules are named like QEMU's") {
  const auto names = split_module_names("a x=1,dir,,b/c,d");
  REQUIRE(names.size() == 3);
  CHECK(names[0].path == "a");
  CHECK(names[0].text == "a x=1");
  CHECK(names[1].path == "dir,b/c");
  CHECK(names[2].text == "d");
  CHECK(split_module_names("").empty());
}

TEST_CASE("a file that is no kernel is called what it is") {
  const auto error = [](std::string_view begin) { return no_kernel(bytes_of(begin), "f").message; };
  CHECK(error("") ==
        "f: is empty; give a Linux bzImage, an ELF kernel or a multiboot kernel to "
        "-kernel");
  CHECK(error("\x1f\x8b\x08") == "f: is no kernel but packed by gzip; unpack it first");
  CHECK(error("QFI\xfb").find("a qcow2 disk; give it to -drive") != std::string::npos);
  CHECK(error("\x01\x02\x03\x04\x05").find("(it begins with 01 02 03 04)") != std::string::npos);
}

TEST_CASE("multiboot and PVH kernels with damaged headers end in a result, whatever the damage") {
  std::mt19937 random(1);
  const Bytes pvh = make_elf(0x100'0010, {{0x100'0000, 0, sample_bytes(512), 1024}},
                             make_xen_note(kXenEntryNote, 0x100'0020));
  const Bytes elf = make_elf32(0x20'0010, {0x20'0000, 0, multiboot(3, 128), 8192});
  size_t refused = 0;
  for (const Bytes& good : {pvh, elf, by_addresses()}) {
    for (int round = 0; round < 300; ++round) {
      Machine machine;
      Bytes file = good;
      for (int i = 0; i < 3; ++i) {
        file[random() % 160] = static_cast<std::byte>(random());
      }
      if (round % 4 == 0) file.resize(random() % file.size());
      if (!load_kernel(machine.request(file), machine.memory).ok()) ++refused;
    }
  }
  CHECK(refused > 100);
}

}  // namespace
}  // namespace vireo
