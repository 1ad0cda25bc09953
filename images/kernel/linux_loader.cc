#include "images/kernel/linux_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "images/kernel/boot_params.h"
#include "images/kernel/bzimage.h"
#include "images/kernel/decompress.h"
#include "images/kernel/elf.h"
#include "images/kernel/file_kind.h"
#include "images/kernel/placing.h"

namespace vireo {
namespace {

using namespace placing;

// A vmlinux has no header that says these; the values are Linux's for x86-64.
constexpr uint64_t kDefaultCommandLineMax = 2047;
constexpr uint64_t kDefaultInitrdAddrMax = 0x7fff'ffff;

// A kernel in guest memory, ready to be entered.
struct PlacedKernel {
  GuestAddr begin;
  GuestAddr end;  // of the memory that it needs before it reads the memory map
  GuestAddr entry;
  EntryMode mode = EntryMode::kLong;
  std::vector<std::byte> setup_header;
  uint64_t command_line_max = kDefaultCommandLineMax;
  uint64_t initrd_addr_max = kDefaultInitrdAddrMax;
  std::string version;
};

Result<PlacedKernel> place_elf(std::span<const std::byte> file, const LinuxBootRequest& request,
                               GuestMemory& memory) {
  const auto elf = parse_elf(file, request.kernel_name);
  if (!elf) return elf.error();
  if (auto put = place_segments(*elf, request, memory); !put) return put.error();
  PlacedKernel placed;
  placed.begin = elf->begin();
  placed.end = elf->end();
  placed.entry = elf->entry;
  placed.mode = elf->is_64bit ? EntryMode::kLong : EntryMode::kProtected;
  return placed;
}

void take_header(const BzImage& image, PlacedKernel& placed) {
  placed.setup_header.assign(image.setup_header.begin(), image.setup_header.end());
  placed.command_line_max = image.command_line_max;
  placed.initrd_addr_max = image.initrd_addr_max;
  placed.version = image.version;
}

// An unpacked payload is an ELF file, after which a kernel built for KASLR has
// a table of relocations. The table is for a decompressor that has chosen
// another virtual address than the linked one; at the linked addresses, where
// the segments go here, nothing needs relocating and the table is left unread.
Result<PlacedKernel> place_unpacked(const BzImage& image, const LinuxBootRequest& request,
                                    GuestMemory& memory) {
  // init_size is what the image's own decompressor unpacks within.
  const uint64_t limit = image.init_size != 0 ? image.init_size : kMaxUnpackedKernel;
  const auto unpacked =
      unpack_kernel(image.payload, limit, request.kernel_name, request.prepare_buffer);
  if (!unpacked) return unpacked.error();
  auto placed = place_elf(unpacked->span(), request, memory);
  if (placed) take_header(image, *placed);
  return placed;
}

// Offsets of the entries in the protected-mode code.
constexpr uint64_t kEntry32 = 0;
constexpr uint64_t kEntry64 = 0x200;

// Where the protected-mode code goes. At its preferred address a relocatable
// kernel unpacks over itself, so that no memory beyond init_size is touched.
Result<PlacedKernel> place_packed(const BzImage& image, const LinuxBootRequest& request,
                                  GuestMemory& memory) {
  const uint64_t entry = image.has_64bit_entry() ? kEntry64 : kEntry32;
  if (!image.loaded_high || image.protected_mode.size() <= entry) {
    return Error{
        fmt::format("{}: has no protected-mode entry above 1 MiB (a zImage, or cut short); give "
                    "a bzImage",
                    request.kernel_name)};
  }
  if (image.code32_start == 0 && !image.has_64bit_entry()) {
    return Error{
        fmt::format("{}: can only be entered in real mode, with a BIOS to call; let firmware start "
                    "it: -bios /usr/share/seabios/bios-256k.bin",
                    request.kernel_name)};
  }
  PlacedKernel placed;
  placed.begin = image.relocatable ? GuestAddr{image.pref_address} : kHighMemory;
  placed.entry = placed.begin + entry;
  placed.mode = image.has_64bit_entry() ? EntryMode::kLong : EntryMode::kProtected;
  const GuestAddr run_time_start = std::max(placed.begin, GuestAddr{image.pref_address});
  const auto code_end = placed.begin.checked_add(image.protected_mode.size());
  const auto run_time_end = run_time_start.checked_add(image.init_size);
  if (!code_end || !run_time_end) {
    return Error{
        fmt::format("{}: the kernel image is damaged: it wants to be loaded at {:#x}; "
                    "copy or build it again",
                    request.kernel_name, image.pref_address)};
  }
  placed.end = std::max(*code_end, *run_time_end);
  if (!usable(request.memory_map, placed.begin, placed.end) ||
      !memory.write_bytes(placed.begin, image.protected_mode)) {
    return too_little_memory(request.kernel_name, placed.begin, placed.end);
  }
  take_header(image, placed);
  return placed;
}

Result<PlacedKernel> place_kernel(const LinuxBootRequest& request, GuestMemory& memory) {
  if (is_elf(request.kernel)) return place_elf(request.kernel, request, memory);
  if (!is_bzimage(request.kernel)) return no_kernel(request.kernel, request.kernel_name);
  const auto image = parse_bzimage(request.kernel, request.kernel_name);
  if (!image) return image.error();
  const bool unpack = request.entry == KernelEntry::kFast && !image->payload.empty();
  return unpack ? place_unpacked(*image, request, memory) : place_packed(*image, request, memory);
}

Result<MemoryRange> place_initrd(const LinuxBootRequest& request, const PlacedKernel& kernel,
                                 GuestMemory& memory) {
  if (request.initrd.empty()) return MemoryRange{GuestAddr{0}, 0, MemoryKind::kRam};
  const uint64_t size = request.initrd.size();
  const GuestAddr limit{std::min(kernel.initrd_addr_max + 1, kIdentityMapped)};
  const auto place = find_high_place(request.memory_map, size, kernel.end, limit);
  if (!place || !memory.write_bytes(*place, request.initrd)) {
    return Error{
        fmt::format("{}: an initrd of {} MiB finds no room between the kernel's end "
                    "({} MiB) and {} MiB; give more memory with -m",
                    request.initrd_name, (size + kMiB - 1) / kMiB,
                    (kernel.end.value + kMiB - 1) / kMiB, limit.value / kMiB)};
  }
  return MemoryRange{*place, size, MemoryKind::kRam};
}

Result<void> check_request(const LinuxBootRequest& request) {
  if (auto room = check_boot_area(request); !room) return room;
  if (request.memory_map.size() > setup::kE820MaxEntries) {
    return Error{fmt::format("the memory map has {} ranges; Linux takes at most {}",
                             request.memory_map.size(), setup::kE820MaxEntries)};
  }
  return {};
}

LinuxEntryState entry_state(const PlacedKernel& kernel) {
  LinuxEntryState state;
  state.mode = kernel.mode;
  state.rip = kernel.entry.value;
  state.rsi = kBootInfo.value;
  state.rsp = kStackTop.value;
  state.cr3 = kernel.mode == EntryMode::kLong ? kPageTables.value : 0;
  state.gdt_base = kGdt.value;
  state.gdt_limit = kBootGdtBytes - 1;
  state.code_selector = kBootCodeSelector;
  state.data_selector = kBootDataSelector;
  return state;
}

BootParams boot_params_for(const LinuxBootRequest& request, const PlacedKernel& kernel,
                           const MemoryRange& initrd) {
  BootParamsInput input;
  input.setup_header = kernel.setup_header;
  input.load_address = kernel.begin;
  input.command_line = kCommandLine;
  input.initrd = initrd.base;
  input.initrd_size = initrd.size;
  input.rsdp = request.rsdp;
  input.memory_map = request.memory_map;
  return make_boot_params(input);
}

}  // namespace

Result<LoadedLinux> load_linux(const LinuxBootRequest& request, GuestMemory& memory) {
  if (const auto sound = check_request(request); !sound) return sound.error();
  const auto kernel = place_kernel(request, memory);
  if (!kernel) return kernel.error();
  const auto initrd = place_initrd(request, *kernel, memory);
  if (!initrd) return initrd.error();
  const auto command_line =
      place_command_line(request, request.command_line, kernel->command_line_max, memory);
  if (!command_line) return command_line.error();
  if (!memory.write(kBootInfo, boot_params_for(request, *kernel, *initrd)) ||
      !write_identity_tables(memory, kPageTables) || !write_boot_gdt(memory, kGdt, kernel->mode)) {
    return too_little_memory("boot parameters", kGdt, kBootAreaEnd);
  }
  LoadedLinux loaded;
  loaded.cpu = entry_state(*kernel);
  loaded.kernel = MemoryRange{kernel->begin, kernel->end - kernel->begin, MemoryKind::kRam};
  loaded.initrd = *initrd;
  loaded.version = kernel->version;
  return loaded;
}

}  // namespace vireo
