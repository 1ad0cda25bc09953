// -bios, -boot and -fw_cfg: what a machine starts in without a kernel, and what it is told.
#include <fmt/format.h>

#include <algorithm>

#include "machine/base/option_parser.h"
#include "machine/control/handlers.h"

namespace vireo {
namespace {

constexpr OptionKey kBootKeys[] = {
    {"order", OptionType::kText, "drives in order: c disk, d CD-ROM, a floppy, n network", {}, 0,
     UINT64_MAX, 1, "cad"},
    {"menu", OptionType::kBool, "let the user choose", {}, 0, UINT64_MAX, 1, "off"},
    {"splash-time", OptionType::kNumber, "how long the menu waits for a key, in ms", {}, 0, 65535},
};

constexpr OptionKey kFwCfgKeys[] = {
    {"name", OptionType::kText, "name of the file, such as opt/org.example/item"},
    {"file", OptionType::kText, "file of the host that it shows"},
    {"string", OptionType::kText, "or its content itself"},
};

// The directory of files has 56 bytes for a name and the zero behind it.
constexpr size_t kLongestName = 55;

Error unfit(std::string_view argument, std::string_view reason) {
  return Error{fmt::format("-fw_cfg {}: {}", argument, reason)};
}

}  // namespace

Result<void> take_bios(Draft& draft, std::string_view argument) {
  draft.config.firmware.path = argument;
  return {};
}

Result<void> take_boot(Draft& draft, std::string_view argument) {
  const auto options = parse_options("-boot", argument, kBootKeys, "order");
  if (!options) return options.error();
  if (options->help_wanted()) {
    draft.print = "-boot [order=]LETTERS[,PROPERTY=VALUE...]\n" + option_keys_help(kBootKeys);
    return {};
  }
  FirmwareConfig& firmware = draft.config.firmware;
  firmware.boot_order = options->text("order", firmware.boot_order);
  if (firmware.boot_order.size() > 3 ||
      firmware.boot_order.find_first_not_of("acdn") != std::string::npos) {
    return Error{fmt::format("-boot {}: order= takes up to three of c, d, a and n", argument)};
  }
  firmware.boot_menu = options->flag("menu", firmware.boot_menu);
  if (options->has("splash-time")) {
    firmware.menu_wait_ms = static_cast<uint16_t>(options->number("splash-time", 0));
  }
  return {};
}

Result<void> take_fw_cfg(Draft& draft, std::string_view argument) {
  const auto options = parse_options("-fw_cfg", argument, kFwCfgKeys, "name");
  if (!options) return options.error();
  if (options->help_wanted()) {
    draft.print = "-fw_cfg [name=]NAME,file=FILE|string=TEXT\n" + option_keys_help(kFwCfgKeys);
    return {};
  }
  FwCfgFileConfig file{options->text("name"), options->text("file"), options->text("string")};
  if (file.name.empty()) return unfit(argument, "give name=NAME, such as opt/org.example/item");
  if (file.name.size() > kLongestName) {
    return unfit(argument, fmt::format("the name has more than {} letters", kLongestName));
  }
  if (options->has("file") == options->has("string")) {
    return unfit(argument, "give either file=FILE or string=TEXT");
  }
  auto& files = draft.config.fw_cfg_files;
  if (std::any_of(files.begin(), files.end(), [&](const auto& f) { return f.name == file.name; })) {
    return unfit(argument, "the name is given twice; choose another");
  }
  files.push_back(std::move(file));
  return {};
}

}  // namespace vireo
