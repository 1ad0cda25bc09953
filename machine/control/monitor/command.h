// Commands to a running machine as data: one table for the monitor, for scheduled commands and
// for any other language of control, which names the same parameters.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machine/base/option_parser.h"
#include "machine/base/result.h"
#include "machine/board/control_panel.h"

namespace vireo {

struct CommandParameter {
  std::string_view name;
  OptionType type = OptionType::kText;
  bool optional = false;
  bool rest = false;       // the last one: takes what is left of the line, spaces too
  bool format = false;     // taken only if it begins with '/', as in "x /4xw" and "x/4xw"
  bool mebibytes = false;  // a size: a bare number in a line counts MiB, as in QEMU's monitor
};

// What was given, checked against the parameters.
class Arguments {
 public:
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  std::string text(std::string_view name) const;
  uint64_t number(std::string_view name, uint64_t otherwise = 0) const;
  bool flag(std::string_view name) const { return number(name) != 0; }

  // Checks a value against its parameter and keeps it. The error names both.
  Result<void> put(const CommandParameter& parameter, std::string_view text);

 private:
  struct Value {
    std::string text;
    uint64_t number = 0;
  };
  std::map<std::string, Value, std::less<>> values_;
};

struct CommandRow {
  std::string_view name;   // "device_add"; "info block" for one that shows
  std::string_view alias;  // a short form, or empty
  std::span<const CommandParameter> parameters;
  std::string_view help;
  // Returns what to show, lines that end in newlines; an error is shown as such. Called between
  // instructions.
  Result<std::string> (*run)(ControlPanel& panel, const Arguments& arguments);
  // What of a scheduled command is wrong before the run begins, and would still be then.
  Result<void> (*check)(const Arguments& arguments) = nullptr;
};

// Every command, in the order of `help`.
std::vector<const CommandRow*> command_rows();
const CommandRow* find_command(std::string_view name);

// "device_add NAME[,PROPERTY=VALUE...]": a command as help shows it.
std::string command_form(const CommandRow& row);

// A line as typed, understood but not yet run.
struct ParsedCommand {
  const CommandRow* row = nullptr;  // null: an empty line
  Arguments arguments;
};
// Errors name the nearest command, or the form of the one that was meant.
Result<ParsedCommand> parse_command(std::string_view line);

// What the command's row would check.
Result<void> check_command(std::string_view line);

// Parses and runs.
Result<std::string> run_command(ControlPanel& panel, std::string_view line);

// The rows of each file of this folder.
std::span<const CommandRow> run_commands();
std::span<const CommandRow> device_commands();
std::span<const CommandRow> snapshot_commands();
std::span<const CommandRow> info_commands();
std::span<const CommandRow> processor_commands();
std::span<const CommandRow> memory_commands();
std::span<const CommandRow> screen_commands();
std::span<const CommandRow> balloon_commands();
std::span<const CommandRow> backend_commands();

}  // namespace vireo
