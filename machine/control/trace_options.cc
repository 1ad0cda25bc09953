// -d and its companions: which trace lines to write, when, of which code; and -trace-json.
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "machine/base/option_parser.h"
#include "machine/control/handlers.h"
#include "machine/control/trace/trace_window.h"

namespace vireo {
namespace {

std::string items_help() {
  std::string text = "Trace items (-d ITEM,ITEM; to a file with -D FILE):\n";
  for (const LogItemName& row : log_item_names()) {
    text += fmt::format("  {:<14} {}\n", row.name, row.help);
  }
  return text;
}

constexpr LogItem kEventItems[] = {LogItem::kInt,    LogItem::kPage,  LogItem::kIo,
                                   LogItem::kMmio,   LogItem::kIrq,   LogItem::kPci,
                                   LogItem::kVirtio, LogItem::kBlock, LogItem::kNet,
                                   LogItem::kMsr,    LogItem::kMmu,   LogItem::kMachine};

bool has_events(LogItem item) {
  for (const LogItem with : kEventItems) {
    if (with == item) return true;
  }
  return false;
}

constexpr OptionKey kJsonKeys[] = {
    {"file", OptionType::kText, "where the events go"},
    {"events", OptionType::kText, "items divided by ':' (default: all that have events)"},
};

Result<uint32_t> event_items(std::string_view text) {
  uint32_t items = 0;
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find(':'));
    text.remove_prefix(std::min(name.size() + 1, text.size()));
    const LogItemName* row = find_log_item(name);
    if (row == nullptr) return Error{fmt::format("-trace-json: {}", unknown_log_item(name))};
    if (!has_events(row->item)) {
      return Error{fmt::format("-trace-json: {} is text only; use -d {}", name, name)};
    }
    items |= bit_of(row->item);
  }
  return items;
}

uint32_t all_event_items() {
  uint32_t items = 0;
  for (const LogItem item : kEventItems) items |= bit_of(item);
  return items;
}

constexpr OptionKey kSymbolsKeys[] = {
    {"file", OptionType::kText, "System.map, a copy of /proc/kallsyms, or a vmlinux"},
    {"offset", OptionType::kNumber, "what the kernel moved itself by, added to each address"},
};

}  // namespace

Result<void> take_log_items(Draft& draft, std::string_view argument) {
  for (const std::string& name : split_option_items(argument)) {
    if (name == "help" || name == "?") {
      draft.print = items_help();
      return {};
    }
    const LogItemName* row = find_log_item(name);
    if (row == nullptr) {
      return Error{fmt::format("-d: {} (list: -d help)", unknown_log_item(name))};
    }
    draft.config.log.items.push_back(row->item);
  }
  return {};
}

Result<void> take_log_filter(Draft& draft, std::string_view argument) {
  auto filter = AddressFilter::parse(argument);
  if (!filter) return filter.error();
  draft.config.log.filter = std::move(*filter);
  return {};
}

Result<void> take_log_window(Draft& draft, std::string_view argument) {
  auto window = parse_trace_window("-dwindow", argument);
  if (!window) return window.error();
  draft.config.log.window = std::move(*window);
  return {};
}

Result<void> take_symbols(Draft& draft, std::string_view argument) {
  const auto options = parse_options("-symbols", argument, kSymbolsKeys, "file");
  if (!options) return options.error();
  draft.config.symbols = {options->text("file"), options->number("offset", 0)};
  if (draft.config.symbols.path.empty()) return Error{"-symbols: give a file"};
  return {};
}

Result<void> take_trace_insns(Draft& draft, std::string_view argument) {
  std::vector<OptionKey> keys = {{"file", OptionType::kText, "where the trace goes"}};
  for (const OptionKey& key : trace_window_keys()) keys.push_back(key);
  const auto options = parse_options("-trace-insns", argument, keys, "file");
  if (!options) return options.error();
  auto window = trace_window_of("-trace-insns", *options);
  if (!window) return window.error();
  draft.config.insn_trace = {options->text("file"), std::move(*window)};
  if (draft.config.insn_trace.path.empty()) return Error{"-trace-insns: give a file"};
  return {};
}

Result<void> take_trace_json(Draft& draft, std::string_view argument) {
  const auto options = parse_options("-trace-json", argument, kJsonKeys, "file");
  if (!options) return options.error();
  draft.config.events = {options->text("file"), all_event_items()};
  if (draft.config.events.path.empty()) return Error{"-trace-json: give a file"};
  if (!options->has("events")) return {};
  const auto items = event_items(options->text("events"));
  if (!items) return items.error();
  draft.config.events.items = *items;
  return {};
}

}  // namespace vireo
