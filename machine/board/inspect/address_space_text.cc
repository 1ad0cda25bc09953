#include "machine/board/inspect/address_space_text.h"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <utility>

namespace vireo {
namespace {

// By base. Of those at one address the one that wins comes first, as ranges come in that order.
using Lines = std::multimap<uint64_t, std::pair<uint64_t, std::string>>;

void add_ranges(const IoSpace& space, Lines& lines) {
  for (const IoSpace::Range& range : space.ranges()) {
    lines.emplace(range.base, std::pair{range.base + (range.size - 1), range.name});
  }
}

std::string text_of(const Lines& lines, unsigned digits) {
  std::string text;
  for (const auto& [base, line] : lines) {
    const auto& [last, name] = line;
    text += fmt::format("  {:0{}x}-{:0{}x} {}\n", base, digits, last, digits, name);
  }
  return text;
}

}  // namespace

std::string address_spaces_text(const MachineCore& core) {
  Lines memory, ports;
  add_ranges(core.mmio, memory);
  for (const RamRegion& region : core.memory.regions()) {
    memory.emplace(region.base.value, std::pair{region.base.value + (region.size - 1), "RAM"});
  }
  add_ranges(core.ports, ports);
  return "memory:\n" + text_of(memory, 16) + "ports:\n" + text_of(ports, 4);
}

}  // namespace vireo
