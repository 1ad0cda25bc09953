// Commands for what stands behind a device while it runs: the size of a disk, a card's cable.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "machine/base/nearest_name.h"
#include "machine/board/info_texts.h"
#include "machine/control/monitor/command.h"

namespace vireo {
namespace {

using NameOf = std::string (VirtioBackEnd::*)() const;

// The device with this id, or the one whose drive or netdev it is.
Result<VirtioUnit*> find_unit(ControlPanel& panel, std::string_view what, NameOf name_of,
                              const std::string& wanted) {
  VirtioUnit* found = nullptr;
  std::vector<std::string> names;
  panel.virtio.for_each([&](VirtioUnit& unit) {
    const std::string name = unit.back_end == nullptr ? "" : ((*unit.back_end).*name_of)();
    if (name.empty()) return;
    names.push_back(name);
    if (name == wanted || unit.config.id == wanted) found = &unit;
  });
  if (found != nullptr) return found;
  if (names.empty()) return Error{fmt::format("there is no {} '{}', nor any other", what, wanted)};
  const std::vector<std::string_view> views(names.begin(), names.end());
  return Error{fmt::format("there is no {} '{}'; the nearest is '{}'", what, wanted,
                           nearest_name(wanted, views))};
}

Result<std::string> block_resize(ControlPanel& panel, const Arguments& arguments) {
  const std::string name = arguments.text("device");
  const auto unit = find_unit(panel, "disk", &VirtioBackEnd::drive, name);
  if (!unit) return unit.error();
  if (auto done = (*unit)->back_end->resize(arguments.number("size")); !done) return done.error();
  return std::string();
}

Result<std::string> set_link(ControlPanel& panel, const Arguments& arguments) {
  const auto unit = find_unit(panel, "network", &VirtioBackEnd::netdev, arguments.text("name"));
  if (!unit) return unit.error();
  (*unit)->back_end->set_link(arguments.flag("up"));
  return std::string();
}

Result<std::string> announce_self(ControlPanel& panel, const Arguments& /*arguments*/) {
  bool any = false;
  panel.virtio.for_each([&](VirtioUnit& unit) {
    if (unit.back_end != nullptr) any |= unit.back_end->announce();
  });
  if (!any) return Error{"the machine has no network card"};
  return std::string();
}

Result<std::string> info_network(ControlPanel& panel, const Arguments& /*arguments*/) {
  std::string text;
  panel.virtio.for_each([&](VirtioUnit& unit) {
    const std::string info = unit.back_end == nullptr ? "" : unit.back_end->network_info();
    if (info.empty()) return;
    const std::string netdev = unit.back_end->netdev();
    text += fmt::format("{}: {}{}\n", titled(unit), netdev.empty() ? "" : netdev + ", ", info);
  });
  return text.empty() ? "no network cards\n" : text;
}

constexpr CommandParameter kBlockResize[] = {
    {.name = "device"}, {.name = "size", .type = OptionType::kSize, .mebibytes = true}};
constexpr CommandParameter kSetLink[] = {{.name = "name"},
                                         {.name = "up", .type = OptionType::kBool}};

constexpr CommandRow kRows[] = {
    {"block_resize", "", kBlockResize, "another size for a disk: MiB, or with K, M, G",
     block_resize},
    {"set_link", "", kSetLink, "plug the cable of a card, by its id or netdev, in (on) or out",
     set_link},
    {"announce_self", "", {}, "asks guests to tell their networks where they are", announce_self},
    {"info network",
     "",
     {},
     "the network cards, their links and what went over them",
     info_network},
};

}  // namespace

std::span<const CommandRow> backend_commands() { return kRows; }

}  // namespace vireo
