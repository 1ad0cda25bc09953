// Commands about the run as a whole, and help.
#include <fmt/format.h>

#include "machine/base/log.h"
#include "machine/base/nearest_name.h"
#include "machine/control/monitor/command.h"

namespace vireo {
namespace {

std::string help_line(const CommandRow& row) {
  const std::string alias = row.alias.empty() ? "" : fmt::format(" ({})", row.alias);
  return fmt::format("  {:<34} {}\n", command_form(row) + alias, row.help);
}

Result<std::string> help(ControlPanel& /*panel*/, const Arguments& arguments) {
  std::string text;
  const std::string wanted = arguments.text("command");
  for (const CommandRow* row : command_rows()) {
    const bool shown = wanted.empty() || row->name == wanted || row->alias == wanted ||
                       row->name.substr(0, wanted.size() + 1) == wanted + " ";
    if (shown) text += help_line(*row);
  }
  if (!text.empty()) return text;
  return Error{fmt::format("there is no command '{}'; help lists all", wanted)};
}

Result<std::string> quit(ControlPanel& panel, const Arguments& /*arguments*/) {
  panel.run.quit();
  return std::string();
}

// "none" switches all off, as in QEMU.
Result<std::string> log_items(ControlPanel& /*panel*/, const Arguments& arguments) {
  uint32_t items = 0;
  for (const std::string& name : split_option_items(arguments.text("items"))) {
    if (name == "none") continue;
    const LogItemName* row = find_log_item(name);
    if (row == nullptr) return Error{fmt::format("log: {}", unknown_log_item(name))};
    items |= bit_of(row->item);
  }
  Log::set_items(items);
  return std::string();
}

Result<std::string> stop(ControlPanel& panel, const Arguments& /*arguments*/) {
  panel.run.stop();
  return std::string();
}

Result<std::string> cont(ControlPanel& panel, const Arguments& /*arguments*/) {
  if (panel.run.powered_off()) {
    return Error{"the machine is switched off; use system_reset"};
  }
  panel.run.resume();
  return std::string();
}

Result<std::string> system_reset(ControlPanel& panel, const Arguments& /*arguments*/) {
  panel.run.reset();
  return std::string();
}

Result<std::string> system_powerdown(ControlPanel& panel, const Arguments& /*arguments*/) {
  panel.run.press_power_button();
  return std::string();
}

constexpr CommandParameter kHelp[] = {{.name = "command", .optional = true, .rest = true}};

constexpr CommandParameter kLog[] = {{.name = "items", .rest = true}};

constexpr CommandRow kRows[] = {
    {"help", "?", kHelp, "this list, or the lines of one command", help},
    {"log", "", kLog, "write trace lines of these items (as -d), or none", log_items},
    {"quit", "q", {}, "end the run", quit},
    {"stop", "s", {}, "stop the machine; its time stands still", stop},
    {"cont", "c", {}, "let it go on", cont},
    {"system_reset", "", {}, "press the reset button", system_reset},
    {"system_powerdown", "", {}, "press the power button; the guest decides", system_powerdown},
};

}  // namespace

std::span<const CommandRow> run_commands() { return kRows; }

}  // namespace vireo
