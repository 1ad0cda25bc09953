// -d: which trace lines to write.
#include <fmt/format.h>

#include <vector>

#include "machine/base/nearest_name.h"
#include "machine/base/option_parser.h"
#include "machine/control/handlers.h"

namespace vireo {
namespace {

std::string items_help() {
  std::string text = "Trace items (-d ITEM,ITEM; to a file with -D FILE):\n";
  for (const LogItemName& row : log_item_names()) {
    text += fmt::format("  {:<14} {}\n", row.name, row.help);
  }
  return text;
}

Result<void> add_item(Draft& draft, std::string_view name) {
  std::vector<std::string_view> names;
  for (const LogItemName& row : log_item_names()) {
    if (row.name == name) {
      draft.config.log.items.push_back(row.item);
      return {};
    }
    names.push_back(row.name);
  }
  return Error{fmt::format("-d: unknown item '{}'; the nearest is '{}' (list: -d help)", name,
                           nearest_name(name, names))};
}

}  // namespace

Result<void> take_log_items(Draft& draft, std::string_view argument) {
  for (const std::string& name : split_option_items(argument)) {
    if (name == "help" || name == "?") {
      draft.print = items_help();
      return {};
    }
    if (auto added = add_item(draft, name); !added) return added;
  }
  return {};
}

}  // namespace vireo
