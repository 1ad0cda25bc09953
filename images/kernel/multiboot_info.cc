#include "images/kernel/multiboot_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "images/kernel/placing.h"

namespace vireo {
namespace {

using namespace placing;

// Which fields are there.
constexpr uint32_t kHasMemory = 1u << 0, kHasCommandLine = 1u << 2, kHasModules = 1u << 3,
                   kHasMap = 1u << 6, kHasLoaderName = 1u << 9;

struct Info {
  uint32_t flags = kHasMemory | kHasCommandLine | kHasModules | kHasMap | kHasLoaderName;
  uint32_t memory_lower = 0, memory_upper = 0;  // KiB from 0 and from 1 MiB on
  uint32_t boot_device = 0;
  uint32_t command_line = 0;
  uint32_t module_count = 0, module_list = 0;
  std::array<uint32_t, 4> symbols{};
  uint32_t map_bytes = 0, map = 0;
  uint32_t drives_bytes = 0, drives = 0, config_table = 0;
  uint32_t loader_name = 0;
};
static_assert(sizeof(Info) == 68);

struct ModuleEntry {
  uint32_t begin, end, text, reserved;
};

// With its size in front, which does not count itself.
struct MapEntry {
  uint32_t size = 20;
  std::array<uint32_t, 2> address{}, length{};
  uint32_t type = 0;
};
static_assert(sizeof(MapEntry) == 24);

constexpr std::string_view kLoader = "vireo";
constexpr GuestAddr kLoaderNameAt{kBootInfo.value + 0x80};
constexpr GuestAddr kMapAt{kBootInfo.value + 0x90};
constexpr uint64_t kMostRanges =
    (kBootInfo.value + kBootInfoBytes - kMapAt.value) / sizeof(MapEntry);
constexpr uint64_t kMostModules = kModuleListBytes / sizeof(ModuleEntry);

uint32_t low(GuestAddr at) { return static_cast<uint32_t>(at.value); }

std::array<uint32_t, 2> halves(uint64_t value) {
  return {static_cast<uint32_t>(value), static_cast<uint32_t>(value >> 32)};
}

// The KiB of RAM from `from` on.
uint32_t ram_kib(const LinuxBootRequest& request, GuestAddr from) {
  for (const MemoryRange& range : request.memory_map) {
    if (range.kind == MemoryKind::kRam && range.base <= from && range.end() > from) {
      return static_cast<uint32_t>((range.end() - from) >> 10);
    }
  }
  return 0;
}

// Texts follow each other from the command line's place on.
class Texts {
 public:
  explicit Texts(GuestMemory& memory) : memory_(memory) {}
  // Nothing when there is no room for more.
  std::optional<GuestAddr> add(std::string_view text) {
    const GuestAddr at = next_;
    if (kBootAreaEnd - at <= text.size()) return std::nullopt;
    memory_.write_bytes(at, std::as_bytes(std::span(text)));
    memory_.write(at + text.size(), uint8_t{0});
    next_ = at + text.size() + 1;
    return at;
  }

 private:
  GuestMemory& memory_;
  GuestAddr next_ = kCommandLine;
};

Result<void> write_modules(const LinuxBootRequest& request, std::span<const MemoryRange> modules,
                           Texts& texts, GuestMemory& memory) {
  if (modules.size() > kMostModules) {
    return Error{fmt::format("-initrd: {} modules; a multiboot kernel gets at most {}",
                             modules.size(), kMostModules)};
  }
  for (size_t i = 0; i < modules.size(); ++i) {
    const auto text = texts.add(request.modules[i].text);
    if (!text) return Error{"-initrd: the texts of the modules are too long; shorten them"};
    memory.write(kModuleList + i * sizeof(ModuleEntry),
                 ModuleEntry{low(modules[i].base), low(modules[i].end()), low(*text), 0});
  }
  return {};
}

void write_map(const LinuxBootRequest& request, GuestMemory& memory) {
  GuestAddr at = kMapAt;
  for (const MemoryRange& range : request.memory_map) {
    MapEntry entry;
    entry.address = halves(range.base.value);
    entry.length = halves(range.size);
    entry.type = static_cast<uint32_t>(range.kind);
    memory.write(at, entry);
    at = at + sizeof(MapEntry);
  }
}

}  // namespace

Result<void> write_multiboot_info(const LinuxBootRequest& request,
                                  std::span<const MemoryRange> modules, GuestMemory& memory) {
  if (request.memory_map.size() > kMostRanges) {
    return Error{
        fmt::format("the memory map has {} ranges; a multiboot kernel is told of at most "
                    "{}",
                    request.memory_map.size(), kMostRanges)};
  }
  Texts texts(memory);
  const auto line = texts.add(fmt::format("{} {}", request.kernel_name, request.command_line));
  if (!line) return Error{"-append: the kernel's command line is too long; shorten it"};
  if (auto written = write_modules(request, modules, texts, memory); !written) return written;
  write_map(request, memory);
  memory.write_bytes(kLoaderNameAt, std::as_bytes(std::span(kLoader)));
  memory.write(kLoaderNameAt + kLoader.size(), uint8_t{0});
  Info info;
  info.memory_lower = ram_kib(request, GuestAddr{0});
  info.memory_upper = ram_kib(request, kHighMemory);
  info.command_line = low(*line);
  info.module_count = static_cast<uint32_t>(modules.size());
  info.module_list = low(kModuleList);
  info.map_bytes = static_cast<uint32_t>(request.memory_map.size() * sizeof(MapEntry));
  info.map = low(kMapAt);
  info.loader_name = low(kLoaderNameAt);
  memory.write(kBootInfo, info);
  return {};
}

}  // namespace vireo
