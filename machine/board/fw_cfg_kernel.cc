#include "machine/board/fw_cfg_kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "images/kernel/bzimage.h"
#include "images/kernel/file_kind.h"
#include "images/kernel/initrd.h"
#include "images/kernel/setup_header.h"

namespace vireo {
namespace {

using Bytes = std::vector<std::byte>;

constexpr const char* kOptionRom = "/usr/share/qemu/linuxboot_dma.bin";
constexpr std::string_view kOptionRomFile = "genroms/linuxboot_dma.bin";

// Where the parts go, as PC boot loaders place them.
constexpr uint32_t kRealModeAt = 0x10000, kCommandLineAt = 0x20000, kProtectedAt = 0x100000;
// At the end of low memory firmware has its tables.
constexpr uint64_t kFirmwareBytes = 0x40000;

// Fields of the setup header for real-mode entries, besides those of setup_header.h.
constexpr size_t kHeapEnd = 0x224;
constexpr uint8_t kLoaderId = 0xb0;  // QEMU's, which firmware and kernels know
constexpr uint8_t kCanUseHeap = 0x80;

template <typename T>
void put(Bytes& bytes, size_t at, T value) {
  if (at + sizeof(value) <= bytes.size()) std::memcpy(bytes.data() + at, &value, sizeof(value));
}

// Below the firmware's tables, as high as the kernel takes it.
Result<uint32_t> place_initrd(const BzImage& image, const std::string& name, uint64_t size,
                              uint64_t low_ram_bytes) {
  const uint64_t end =
      std::min(low_ram_bytes - std::min(kFirmwareBytes, low_ram_bytes), image.initrd_addr_max + 1);
  if (size > end || ((end - size) & ~uint64_t{4095}) < kProtectedAt + image.protected_mode.size()) {
    return Error{fmt::format("{}: an initrd of {} bytes finds no room; give more memory with -m",
                             name, size)};
  }
  return static_cast<uint32_t>((end - size) & ~uint64_t{4095});
}

Result<void> add_initrd(FwCfg& chip, const KernelConfig& kernel, const BzImage& image,
                        uint64_t low_ram_bytes, HostServices& host, Bytes& setup) {
  if (kernel.initrd_path.empty()) return {};
  auto file = host.read_file(kernel.initrd_path, "initrd");
  if (!file) return file.error();
  if (auto good = check_initrd(*file, kernel.initrd_path); !good) return good;
  const auto at = place_initrd(image, kernel.initrd_path, file->size(), low_ram_bytes);
  if (!at) return at.error();
  put(setup, setup::kRamdiskImage, *at);
  put(setup, setup::kRamdiskSize, static_cast<uint32_t>(file->size()));
  chip.set_number(fw_cfg::kInitrdAddress, *at, 4);
  chip.set_number(fw_cfg::kInitrdSize, file->size(), 4);
  chip.set(fw_cfg::kInitrdData, std::move(*file));
  return {};
}

void add_command_line(FwCfg& chip, const std::string& text, Bytes& setup) {
  put(setup, setup::kCmdLinePtr, kCommandLineAt);
  chip.set_number(fw_cfg::kCommandLineAddress, kCommandLineAt, 4);
  chip.set_number(fw_cfg::kCommandLineSize, text.size() + 1, 4);
  chip.set_string(fw_cfg::kCommandLineData, text);
}

void answer(Bytes& setup) {
  put(setup, setup::kTypeOfLoader, kLoaderId);
  const auto flags = std::to_integer<uint8_t>(setup[setup::kLoadFlags]);
  put(setup, setup::kLoadFlags, static_cast<uint8_t>(flags | kCanUseHeap));
  put(setup, kHeapEnd, static_cast<uint16_t>(kCommandLineAt - kRealModeAt - 0x200));
}

}  // namespace

Result<std::string> add_kernel_items(FwCfg& chip, const KernelConfig& kernel,
                                     uint64_t low_ram_bytes, HostServices& host) {
  auto file = host.read_file(kernel.kernel_path, "kernel");
  if (!file) return file.error();
  if (!is_bzimage(*file)) {
    return Error{fmt::format("{}; without -bios the kernel is entered directly",
                             no_kernel(*file, kernel.kernel_path).message)};
  }
  const auto image = parse_bzimage(*file, kernel.kernel_path);
  if (!image) return image.error();
  const auto split = static_cast<ptrdiff_t>(file->size() - image->protected_mode.size());
  Bytes setup(file->begin(), file->begin() + split);
  answer(setup);
  auto added = add_initrd(chip, kernel, *image, low_ram_bytes, host, setup);
  if (!added) return added.error();
  add_command_line(chip, kernel.append, setup);
  chip.set_number(fw_cfg::kKernelAddress, kProtectedAt, 4);
  chip.set_number(fw_cfg::kKernelSize, file->size() - setup.size(), 4);
  chip.set(fw_cfg::kKernelData, Bytes(file->begin() + split, file->end()));
  chip.set_number(fw_cfg::kSetupAddress, kRealModeAt, 4);
  chip.set_number(fw_cfg::kSetupSize, setup.size(), 4);
  chip.set(fw_cfg::kSetupData, std::move(setup));
  auto rom = host.read_file(kOptionRom, "option ROM");
  if (!rom || !chip.add_file(std::string(kOptionRomFile), std::move(*rom))) return std::string();
  return fmt::format("/rom@{}", kOptionRomFile);
}

}  // namespace vireo
