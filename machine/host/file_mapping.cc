#include "machine/host/file_mapping.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>
#include <utility>

#include "machine/host/terminal.h"

namespace vireo {
namespace {

// Read by a signal handler, so the line is made beforehand and nothing is allocated.
struct Slot {
  std::atomic<uintptr_t> begin{0};
  std::atomic<uintptr_t> end{0};  // 0: the slot is free; set last
  size_t line_bytes = 0;
  std::array<char, 512> line;
};
std::array<Slot, 8> g_slots;
static_assert(std::atomic<uintptr_t>::is_always_lock_free);

}  // namespace

FileMapping::FileMapping(const std::byte* data, uint64_t size, const std::string& name) {
  const auto at =
      std::find_if(g_slots.begin(), g_slots.end(), [](const Slot& slot) { return slot.end == 0; });
  if (at == g_slots.end()) return;
  slot_ = static_cast<int>(at - g_slots.begin());
  const auto made = fmt::format_to_n(
      at->line.data(), at->line.size() - 1,
      "vireo: {}: the file was cut short while the machine ran from it, so its memory is lost; "
      "replace such files, do not overwrite them",
      name);
  at->line_bytes = std::min(made.size, at->line.size() - 1);
  at->line[at->line_bytes++] = '\n';
  at->begin = reinterpret_cast<uintptr_t>(data);
  at->end = reinterpret_cast<uintptr_t>(data) + size;
}

FileMapping::FileMapping(FileMapping&& other) noexcept : slot_(std::exchange(other.slot_, -1)) {}

FileMapping& FileMapping::operator=(FileMapping&& other) noexcept {
  if (this == &other) return *this;
  forget();
  slot_ = std::exchange(other.slot_, -1);
  return *this;
}

void FileMapping::forget() {
  if (slot_ >= 0) g_slots[static_cast<size_t>(slot_)].end = 0;
  slot_ = -1;
}

void FileMapping::end_if_lost(const void* address) {
  const auto at = reinterpret_cast<uintptr_t>(address);
  for (const Slot& slot : g_slots) {
    if (at < slot.begin || at >= slot.end) continue;
    RawTerminal::restore_now();
    (void)!::write(STDERR_FILENO, slot.line.data(), slot.line_bytes);
    ::_exit(1);
  }
}

}  // namespace vireo
