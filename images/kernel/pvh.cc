#include "images/kernel/pvh.h"

#include <fmt/format.h>

#include <array>

#include "images/kernel/placing.h"

namespace vireo {
namespace {

using namespace placing;

constexpr uint32_t kMagic = 0x336ec578, kVersion = 1;

struct StartInfo {
  uint32_t magic = kMagic, version = kVersion, flags = 0, modules = 0;
  uint64_t module_list = 0, command_line = 0, rsdp = 0, memory_map = 0;
  uint32_t memory_ranges = 0, reserved = 0;
};
static_assert(sizeof(StartInfo) == 56);

struct ModuleEntry {
  uint64_t address = 0, size = 0, command_line = 0, reserved = 0;
};

struct MapEntry {
  uint64_t address = 0, size = 0;
  uint32_t type = 0, reserved = 0;
};
static_assert(sizeof(MapEntry) == 24);

constexpr GuestAddr kModuleAt{kBootInfo.value + 64};
constexpr GuestAddr kMapAt{kModuleAt.value + sizeof(ModuleEntry)};
constexpr uint64_t kMostRanges =
    (kBootInfo.value + kBootInfoBytes - kMapAt.value) / sizeof(MapEntry);

Result<MemoryRange> place_module(const LinuxBootRequest& request, GuestAddr floor,
                                 GuestMemory& memory) {
  if (request.initrd.empty()) return MemoryRange{GuestAddr{0}, 0, MemoryKind::kRam};
  const uint64_t size = request.initrd.size();
  const auto place = find_high_place(request.memory_map, size, floor, GuestAddr{kIdentityMapped});
  if (!place || !memory.write_bytes(*place, request.initrd)) {
    return Error{
        fmt::format("{}: an initrd of {} MiB finds no room above the kernel's end; give "
                    "more memory with -m",
                    request.initrd_name, (size + kMiB - 1) / kMiB)};
  }
  return MemoryRange{*place, size, MemoryKind::kRam};
}

bool write_start_info(const LinuxBootRequest& request, const MemoryRange& module,
                      GuestMemory& memory) {
  StartInfo info;
  info.command_line = kCommandLine.value;
  info.rsdp = request.rsdp.value;
  info.memory_map = kMapAt.value;
  info.memory_ranges = static_cast<uint32_t>(request.memory_map.size());
  if (module.size != 0) {
    info.modules = 1;
    info.module_list = kModuleAt.value;
  }
  bool ok = memory.write(kModuleAt, ModuleEntry{module.base.value, module.size});
  GuestAddr at = kMapAt;
  for (const MemoryRange& range : request.memory_map) {
    const auto type = static_cast<uint32_t>(range.kind);
    ok = ok && memory.write(at, MapEntry{range.base.value, range.size, type});
    at = at + sizeof(MapEntry);
  }
  return ok && memory.write(kBootInfo, info);
}

}  // namespace

bool has_pvh_entry(std::span<const std::byte> file) {
  if (!is_elf(file)) return false;
  const auto kernel = parse_elf(file, "");
  return kernel.ok() && kernel->pvh_entry.has_value();
}

Result<LoadedLinux> load_pvh(const LinuxBootRequest& request, GuestMemory& memory) {
  const auto kernel = parse_elf(request.kernel, request.kernel_name);
  if (!kernel) return kernel.error();
  if (auto room = check_boot_area(request); !room) return room.error();
  if (request.memory_map.size() > kMostRanges) {
    return Error{fmt::format("the memory map has {} ranges; a PVH kernel is told of at most {}",
                             request.memory_map.size(), kMostRanges)};
  }
  if (auto put = place_segments(*kernel, request, memory); !put) return put.error();
  const auto module = place_module(request, kernel->end(), memory);
  if (!module) return module.error();
  auto text = place_command_line(request, request.command_line, kCommandLineRoom - 1, memory);
  if (!text) return text.error();
  const auto state = protected_entry(GuestAddr{*kernel->pvh_entry}, memory);
  if (!state) return state.error();
  if (!write_start_info(request, *module, memory)) {
    return too_little_memory("boot parameters", kGdt, kBootAreaEnd);
  }
  LoadedLinux loaded;
  loaded.cpu = *state;
  loaded.cpu.rbx = kBootInfo.value;
  loaded.kernel = {kernel->begin(), kernel->end() - kernel->begin(), MemoryKind::kRam};
  loaded.initrd = *module;
  return loaded;
}

}  // namespace vireo
