// Commands for the balloon: how much memory the guest is to have, and what it says of it.
#include <fmt/format.h>

#include <algorithm>

#include "machine/board/balloon_control.h"
#include "machine/control/monitor/command.h"

namespace vireo {
namespace {

Result<std::string> balloon(ControlPanel& panel, const Arguments& arguments) {
  const uint64_t memory = panel.config.memory_bytes;
  const uint64_t wanted = std::min(arguments.number("megabytes"), memory / kMiB) * kMiB;
  if (auto set = set_guest_memory(panel.virtio, memory, wanted); !set) return set.error();
  return std::string();
}

Result<std::string> info_balloon(ControlPanel& panel, const Arguments& /*arguments*/) {
  const auto report = report_balloon(panel.virtio);
  if (!report) return report.error();
  const uint64_t memory = panel.config.memory_bytes;
  std::string text =
      fmt::format("balloon: actual={}\n", (memory - std::min(report->bytes, memory)) / kMiB);
  for (const auto& [name, value] : report->statistics) {
    text += fmt::format("  {}={}\n", name, value);
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
