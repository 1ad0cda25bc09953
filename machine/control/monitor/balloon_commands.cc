// Commands for the balloon: how much memory the guest is to have, and what it says of it.
#include <fmt/format.h>

#include <algorithm>

#include "machine/control/monitor/command.h"
#include "virtio/balloon/balloon_device.h"

namespace vireo {
namespace {

using virtio_balloon::kPageBytes;

Result<VirtioBalloon*> find_balloon(ControlPanel& panel) {
  VirtioBalloon* found = nullptr;
  panel.virtio.for_each([&](VirtioUnit& unit) {
    if (found == nullptr) found = dynamic_cast<VirtioBalloon*>(&unit.function->device());
  });
  if (found == nullptr) {
    return Error{"the machine has no balloon; give -device virtio-balloon-pci"};
  }
  return found;
}

Result<std::string> balloon(ControlPanel& panel, const Arguments& arguments) {
  auto device = find_balloon(panel);
  if (!device) return device.error();
  const uint64_t memory = panel.config.memory_bytes;
  const uint64_t wanted = std::min(arguments.number("megabytes"), memory / kMiB) * kMiB;
  (*device)->set_target_pages(static_cast<uint32_t>((memory - wanted) / kPageBytes));
  return std::string();
}

Result<std::string> info_balloon(ControlPanel& panel, const Arguments&) {
  auto device = find_balloon(panel);
  if (!device) return device.error();
  const uint64_t inside = (*device)->actual_pages() * kPageBytes;
  const uint64_t memory = panel.config.memory_bytes;
  std::string text =
      fmt::format("balloon: actual={}\n", (memory - std::min(inside, memory)) / kMiB);
  const VirtioBalloon::Stats& stats = (*device)->stats();
  for (size_t tag = 0; tag < stats.size(); ++tag) {
    if (stats[tag]) {
      text += fmt::format("  {}={}\n", virtio_balloon::kStatNames[tag], *stats[tag]);
    }
  }
  return text;
}

constexpr CommandParameter kBalloonParameters[] = {{"megabytes", OptionType::kNumber}};

constexpr CommandRow kRows[] = {
    {"balloon", "", kBalloonParameters, "asks the guest to make do with so many MiB", balloon},
    {"info balloon", "", {}, "how many MiB the guest has, and its own statistics", info_balloon},
};

}  // namespace

std::span<const CommandRow> balloon_commands() { return kRows; }

}  // namespace vireo
