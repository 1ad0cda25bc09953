#include "machine/control/monitor/command.h"

#include <fmt/format.h>

#include "machine/base/nearest_name.h"

namespace vireo {
namespace {

constexpr std::string_view kSpaces = " \t";
constexpr std::string_view kInfo = "info";

// Removes the next word; "..." holds one with spaces.
std::string take_word(std::string_view& line, std::string_view ends = kSpaces) {
  line.remove_prefix(std::min(line.find_first_not_of(kSpaces), line.size()));
  if (!line.empty() && line.front() == '"') {
    const size_t end = std::min(line.find('"', 1), line.size());
    std::string word(line.substr(1, end - 1));
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
  }
  const size_t end = std::min(line.find_first_of(ends), line.size());
  std::string word(line.substr(0, end));
  line.remove_prefix(end);
  return word;
}

std::string trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  return std::string(text.substr(0, text.find_last_not_of(kSpaces) + 1));
}

bool is_bare_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "info" alone means the command that lists what it can show. A slash begins a format: "x/4xw".
std::string take_command_name(std::string_view& line) {
  line = line.substr(std::min(line.find_first_not_of(kSpaces), line.size()));
  std::string name = line.starts_with('/') ? take_word(line) : take_word(line, " \t/");
  if (name != kInfo) return name;
  const std::string what = take_word(line);
  return what.empty() ? name : fmt::format("{} {}", name, what);
}

Error unknown_command(const std::string& name) {
  std::vector<std::string_view> names;
  // What follows "info " was meant as something to show.
  const auto shows = [](std::string_view text) { return text.substr(0, 5) == "info "; };
  for (const CommandRow* row : command_rows()) {
    if (!shows(name) || shows(row->name)) names.push_back(row->name);
  }
  return Error{fmt::format("unknown command '{}'; the nearest is '{}' (help lists all)", name,
                           nearest_name(name, names))};
}

}  // namespace

std::string Arguments::text(std::string_view name) const {
  const auto at = values_.find(name);
  return at == values_.end() ? std::string() : at->second.text;
}

uint64_t Arguments::number(std::string_view name, uint64_t otherwise) const {
  const auto at = values_.find(name);
  return at == values_.end() ? otherwise : at->second.number;
}

Result<void> Arguments::put(const CommandParameter& parameter, std::string_view text) {
  std::optional<uint64_t> number = 0;
  std::string_view wanted;
  switch (parameter.type) {
    case OptionType::kBool:
      number = parse_bool(text);
      wanted = "on or off";
      break;
    case OptionType::kNumber:
      number = parse_number(text);
      wanted = "a number";
      break;
    case OptionType::kSize:
      number = parse_size(text);
      wanted = "a size such as 64K, 512M or 2G";
      break;
    case OptionType::kText:
    case OptionType::kChoice:
      break;
  }
  if (!number) return Error{fmt::format("{} '{}' is not {}", parameter.name, text, wanted)};
  values_.insert_or_assign(std::string(parameter.name), Value{std::string(text), *number});
  return {};
}

std::vector<const CommandRow*> command_rows() {
  std::vector<const CommandRow*> rows;
  for (const auto table :
       {run_commands(), snapshot_commands(), device_commands(), backend_commands(),
        balloon_commands(), processor_commands(), screen_commands(), memory_commands(),
        info_commands()}) {
    for (const CommandRow& row : table) rows.push_back(&row);
  }
  return rows;
}

const CommandRow* find_command(std::string_view name) {
  for (const CommandRow* row : command_rows()) {
    if (row->name == name || (!row->alias.empty() && row->alias == name)) return row;
  }
  return nullptr;
}

std::string command_form(const CommandRow& row) {
  std::string form(row.name);
  for (const CommandParameter& parameter : row.parameters) {
    form += parameter.optional ? fmt::format(" [{}]", parameter.name)
                               : fmt::format(" {}", parameter.name);
  }
  return form;
}

Result<ParsedCommand> parse_command(std::string_view line) {
  ParsedCommand parsed;
  const std::string name = take_command_name(line);
  if (name.empty() || name.front() == '#') return parsed;
  parsed.row = find_command(name);
  if (parsed.row == nullptr) return unknown_command(name);
  for (const CommandParameter& parameter : parsed.row->parameters) {
    if (parameter.format && !trimmed(line).starts_with('/')) continue;
    std::string text = parameter.rest ? trimmed(line) : take_word(line);
    if (parameter.rest) line = {};
    if (text.empty() && parameter.optional) continue;
    if (text.empty()) {
      return Error{fmt::format("{} is missing: {}", parameter.name, command_form(*parsed.row))};
    }
    if (parameter.mebibytes && is_bare_number(text)) text += 'M';
    if (auto put = parsed.arguments.put(parameter, text); !put) return put.error();
  }
  if (const std::string left = trimmed(line); !left.empty()) {
    return Error{fmt::format("'{}' is too much: {}", left, command_form(*parsed.row))};
  }
  return parsed;
}

Result<void> check_command(std::string_view line) {
  const auto parsed = parse_command(line);
  if (!parsed) return parsed.error();
  if (parsed->row == nullptr || parsed->row->check == nullptr) return {};
  return parsed->row->check(parsed->arguments);
}

Result<std::string> run_command(ControlPanel& panel, std::string_view line) {
  const auto parsed = parse_command(line);
  if (!parsed) return parsed.error();
  if (parsed->row == nullptr) return std::string();
  return parsed->row->run(panel, parsed->arguments);
}

}  // namespace vireo
