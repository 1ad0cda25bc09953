// Commands that save and load the machine's whole state.
#include <fmt/format.h>

#include "machine/control/monitor/command.h"

namespace vireo {
namespace {

Result<std::string> savevm(ControlPanel& panel, const Arguments& arguments) {
  const Snapshots::SaveOptions options{.compress = arguments.flag("compress")};
  if (auto saved = panel.snapshots.save(arguments.text("file"), options); !saved) {
    return saved.error();
  }
  return std::string();
}

Result<std::string> loadvm(ControlPanel& panel, const Arguments& arguments) {
  const Snapshots::LoadOptions options{.verify = arguments.flag("verify")};
  if (auto loaded = panel.snapshots.load(arguments.text("file"), options); !loaded) {
    return loaded.error();
  }
  return std::string();
}

constexpr CommandParameter kSave[] = {
    {.name = "file"}, {.name = "compress", .type = OptionType::kBool, .optional = true}};
constexpr CommandParameter kLoad[] = {
    {.name = "file"}, {.name = "verify", .type = OptionType::kBool, .optional = true}};

constexpr CommandRow kRows[] = {
    {"savevm", "", kSave, "save the machine and its memory to a file, which -loadvm starts",
     savevm},
    {"loadvm", "", kLoad, "go on from a snapshot's file", loadvm},
};

}  // namespace

std::span<const CommandRow> snapshot_commands() { return kRows; }

}  // namespace vireo
