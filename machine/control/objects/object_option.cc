// -object: the table of kinds, and what they have in common.
#include <fmt/format.h>

#include <vector>

#include "machine/base/nearest_name.h"
#include "machine/control/handlers.h"
#include "machine/control/objects/object_row.h"

namespace vireo {
namespace {

constexpr const ObjectRow* kObjects[] = {&kRngBuiltinRow, &kRngRandomRow, &kFilterDumpRow};

constexpr OptionKey kIdKey = {.name = "id", .help = "what a device names it by"};

std::string objects_help() {
  std::string text = "Objects (properties: -object NAME,help):\n";
  for (const ObjectRow* row : kObjects) text += fmt::format("  {:<16} {}\n", row->name, row->help);
  return text;
}

Error unknown_object(std::string_view name) {
  std::vector<std::string_view> names;
  for (const ObjectRow* row : kObjects) names.push_back(row->name);
  return Error{fmt::format("-object: unknown object '{}'; the nearest is '{}' (list: -object help)",
                           name, nearest_name(name, names))};
}

Result<void> take_of_kind(Draft& draft, const ObjectRow& row, std::string_view properties) {
  const std::string option = fmt::format("-object {}", row.name);
  std::vector<OptionKey> keys = {kIdKey};
  keys.insert(keys.end(), row.keys.begin(), row.keys.end());
  const auto parsed = parse_options(option, properties, keys);
  if (!parsed) return parsed.error();
  if (parsed->help_wanted()) {
    draft.print = fmt::format("{} properties:\n{}", row.name, option_keys_help(keys));
    return {};
  }
  const std::string id = parsed->text("id");
  if (id.empty()) return Error{fmt::format("{}: id= is missing; devices name it by that", option)};
  if (!draft.object_ids.insert(id).second) {
    return Error{fmt::format("{}: id={} is given twice; choose another", option, id)};
  }
  return row.take(draft, id, option, *parsed);
}

}  // namespace

Result<void> take_object(Draft& draft, std::string_view argument) {
  const std::string_view name = argument.substr(0, argument.find(','));
  if (name == "help" || name == "?") {
    draft.print = objects_help();
    return {};
  }
  for (const ObjectRow* row : kObjects) {
    if (row->name != name) continue;
    return take_of_kind(draft, *row, argument.substr(std::min(name.size() + 1, argument.size())));
  }
  return unknown_object(name);
}

}  // namespace vireo
