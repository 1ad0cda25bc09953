#include "images/kernel/placing.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace vireo::placing {

bool is_ram(std::span<const MemoryRange> map, GuestAddr begin, GuestAddr end) {
  return std::any_of(map.begin(), map.end(), [&](const MemoryRange& range) {
    return range.kind == MemoryKind::kRam && begin >= range.base && end <= range.end() &&
           begin <= end;
  });
}

bool usable(std::span<const MemoryRange> map, GuestAddr begin, GuestAddr end) {
  return begin >= kHighMemory && end.value <= kIdentityMapped && is_ram(map, begin, end);
}

Error too_little_memory(std::string_view name, GuestAddr begin, GuestAddr end) {
  return Error{
      fmt::format("{}: needs memory from {:#x} to {:#x} ({} MiB), which this machine "
                  "does not have; give it more with -m",
                  name, begin.value, end.value, (end.value + kMiB - 1) / kMiB)};
}

Result<void> place_segments(const ElfKernel& elf, const LinuxBootRequest& request,
                            GuestMemory& memory) {
  const bool fit = std::all_of(elf.segments.begin(), elf.segments.end(), [&](const ElfSegment& s) {
    return usable(request.memory_map, s.physical, s.end());
  });
  if (fit && load_elf(elf, memory)) return {};
  return too_little_memory(request.kernel_name, elf.begin(), elf.end());
}

Result<void> check_boot_area(const LinuxBootRequest& request) {
  if (is_ram(request.memory_map, kGdt, kBootAreaEnd)) return {};
  return too_little_memory("boot parameters", kGdt, kBootAreaEnd);
}

Result<void> place_command_line(const LinuxBootRequest& request, std::string_view text,
                                uint64_t most, GuestMemory& memory) {
  most = std::min(most, kCommandLineRoom - 1);
  if (text.size() > most) {
    return Error{
        fmt::format("-append: the kernel's command line has {} characters, and {} takes "
                    "at most {}; shorten it",
                    text.size(), request.kernel_name, most)};
  }
  memory.write_bytes(kCommandLine, std::as_bytes(std::span(text)));
  memory.write(kCommandLine + text.size(), uint8_t{0});
  return {};
}

std::optional<GuestAddr> find_high_place(std::span<const MemoryRange> map, uint64_t size,
                                         GuestAddr floor, GuestAddr limit) {
  for (size_t i = map.size(); i-- > 0;) {
    const MemoryRange& range = map[i];
    if (range.kind != MemoryKind::kRam) continue;
    const GuestAddr low = std::max(range.base, floor);
    const GuestAddr high = std::min(range.end(), limit);
    if (high < low || high - low < size) continue;
    const GuestAddr place = GuestAddr{high.value - size}.page();
    if (place >= low) return place;
  }
  return std::nullopt;
}

Result<LinuxEntryState> protected_entry(GuestAddr entry, GuestMemory& memory) {
  if (!write_boot_gdt(memory, kGdt, EntryMode::kProtected)) {
    return too_little_memory("boot parameters", kGdt, kBootAreaEnd);
  }
  LinuxEntryState state;
  state.mode = EntryMode::kProtected;
  state.rip = entry.value;
  state.rsp = kStackTop.value;
  state.gdt_base = kGdt.value;
  state.gdt_limit = kBootGdtBytes - 1;
  state.code_selector = kBootCodeSelector;
  state.data_selector = kBootDataSelector;
  return state;
}

}  // namespace vireo::placing
