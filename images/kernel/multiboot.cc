#include "images/kernel/multiboot.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "images/kernel/byte_view.h"
#include "images/kernel/elf.h"
#include "images/kernel/multiboot_info.h"
#include "images/kernel/placing.h"

namespace vireo {
namespace {

using namespace placing;

constexpr uint64_t kSearched = 8192;
constexpr uint32_t kHeaderMagic = 0x1badb002;
constexpr uint32_t kLoaderMagic = 0x2badb002;

// Flags of the header. Bits 0 to 15 are demands which a loader must know.
constexpr uint32_t kAlignModules = 1u << 0, kWantMemory = 1u << 1, kWantVideo = 1u << 2;
constexpr uint32_t kHasAddresses = 1u << 16;
constexpr uint32_t kUnknownDemands = 0xffff & ~(kAlignModules | kWantMemory | kWantVideo);

struct Header {
  uint64_t at = 0;  // in the file
  uint32_t flags = 0;
  // With kHasAddresses; all physical.
  uint32_t header_address = 0, load_address = 0, load_end = 0, bss_end = 0, entry = 0;
};

std::optional<Header> find_header(std::span<const std::byte> file) {
  const ByteView view(file);
  for (uint64_t at = 0; at + 12 <= std::min<uint64_t>(view.size(), kSearched); at += 4) {
    const auto magic = view.get<uint32_t>(at), flags = view.get<uint32_t>(at + 4);
    if (magic != kHeaderMagic || magic + flags + view.get<uint32_t>(at + 8) != 0) continue;
    const auto field = [&](uint64_t offset) { return view.get<uint32_t>(at + offset); };
    return Header{at, flags, field(12), field(16), field(20), field(24), field(28)};
  }
  return std::nullopt;
}

Error damaged(std::string_view name, std::string_view what) {
  return Error{
      fmt::format("{}: the multiboot kernel is damaged: {}; build or copy it again", name, what)};
}

struct Placed {
  GuestAddr begin, end, entry;
};

// By the addresses of the header: one piece of the file, and zeros behind it.
Result<Placed> place_by_addresses(const Header& header, const LinuxBootRequest& request,
                                  GuestMemory& memory) {
  const uint64_t before = uint64_t{header.header_address} - header.load_address;
  if (header.load_address > header.header_address || before > header.at) {
    return damaged(request.kernel_name, "its load address does not match its header's");
  }
  const uint64_t from = header.at - before;
  uint64_t size = request.kernel.size() - from;
  if (header.load_end != 0) {
    if (header.load_end < header.load_address || header.load_end - header.load_address > size) {
      return damaged(request.kernel_name, "it ends before its load_end_addr");
    }
    size = header.load_end - header.load_address;
  }
  const GuestAddr begin{header.load_address};
  const GuestAddr end{std::max<uint64_t>(begin.value + size, header.bss_end)};
  if (!usable(request.memory_map, begin, end) ||
      !memory.write_bytes(begin, request.kernel.subspan(from, size)) ||
      !memory.fill(begin + size, end - (begin + size), std::byte{0})) {
    return too_little_memory(request.kernel_name, begin, end);
  }
  return Placed{begin, end, GuestAddr{header.entry}};
}

Result<Placed> place_elf(const LinuxBootRequest& request, GuestMemory& memory) {
  const auto elf = parse_elf(request.kernel, request.kernel_name);
  if (!elf) return elf.error();
  if (elf->is_64bit) {
    return Error{
        fmt::format("{}: is a 64-bit ELF file, which multiboot does not know; make it "
                    "32-bit with: objcopy -O elf32-i386",
                    request.kernel_name)};
  }
  if (auto put = place_segments(*elf, request, memory); !put) return put.error();
  return Placed{elf->begin(), elf->end(), elf->entry};
}

Result<Placed> place_kernel(const LinuxBootRequest& request, GuestMemory& memory) {
  const auto header = find_header(request.kernel);
  if (!header) return damaged(request.kernel_name, "it has no header");
  if ((header->flags & kUnknownDemands) != 0) {
    return Error{fmt::format("{}: demands features {:#x} of a multiboot loader, which are unknown",
                             request.kernel_name, header->flags & kUnknownDemands)};
  }
  if ((header->flags & kHasAddresses) != 0) return place_by_addresses(*header, request, memory);
  if (is_elf(request.kernel)) return place_elf(request, memory);
  return damaged(request.kernel_name, "it is no ELF file and its header has no addresses");
}

GuestAddr page_up(GuestAddr at) { return GuestAddr{(at.value + kPageSize - 1) & ~(kPageSize - 1)}; }

// Behind the kernel; the end of the last one.
Result<std::vector<MemoryRange>> place_modules(const LinuxBootRequest& request, GuestAddr floor,
                                               GuestMemory& memory) {
  std::vector<MemoryRange> placed;
  GuestAddr at = page_up(floor);
  for (const BootModule& module : request.modules) {
    const GuestAddr end = at + module.bytes.size();
    if (!usable(request.memory_map, at, end) || !memory.write_bytes(at, module.bytes)) {
      return Error{
          fmt::format("-initrd {}: a module of {} bytes finds no room behind the kernel; "
                      "give more memory with -m",
                      module.text, module.bytes.size())};
    }
    placed.push_back({at, module.bytes.size(), MemoryKind::kRam});
    at = page_up(end);
  }
  return placed;
}

}  // namespace

bool is_multiboot(std::span<const std::byte> file) { return find_header(file).has_value(); }

Result<LoadedLinux> load_multiboot(const LinuxBootRequest& request, GuestMemory& memory) {
  if (auto room = check_boot_area(request); !room) return room.error();
  const auto kernel = place_kernel(request, memory);
  if (!kernel) return kernel.error();
  const auto modules = place_modules(request, kernel->end, memory);
  if (!modules) return modules.error();
  if (auto told = write_multiboot_info(request, *modules, memory); !told) return told.error();
  const auto state = protected_entry(kernel->entry, memory);
  if (!state) return state.error();
  LoadedLinux loaded;
  loaded.cpu = *state;
  loaded.cpu.rax = kLoaderMagic;
  loaded.cpu.rbx = kBootInfo.value;
  loaded.kernel = {kernel->begin, kernel->end - kernel->begin, MemoryKind::kRam};
  return loaded;
}

std::vector<ModuleName> split_module_names(std::string_view option) {
  std::vector<std::string> texts(1);
  for (size_t i = 0; i < option.size(); ++i) {
    const bool doubled = option.substr(i, 2) == ",,";
    if (option[i] == ',' && !doubled) {
      texts.emplace_back();
      continue;
    }
    texts.back() += option[i];
    if (doubled) ++i;
  }
  std::vector<ModuleName> names;
  for (std::string& text : texts) {
    if (!text.empty()) names.push_back({text.substr(0, text.find(' ')), text});
  }
  return names;
}

}  // namespace vireo
