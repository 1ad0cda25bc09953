#include "machine/control/command_line.h"

#include <fmt/format.h>

#include "machine/base/nearest_name.h"
#include "machine/control/draft.h"
#include "machine/control/finish.h"
#include "machine/control/instead_of.h"
#include "machine/control/option_row.h"

namespace vireo {
namespace {

// QEMU's options for disks that this machine cannot have, and what to write.
struct DiskOption {
  std::string_view name;
  std::string_view reason;
  std::string_view properties;
};
constexpr DiskOption kDiskOptions[] = {
    {"-hda", "the machine has no IDE disks", "format=raw"},
    {"-hdb", "the machine has no IDE disks", "format=raw"},
    {"-hdc", "the machine has no IDE disks", "format=raw"},
    {"-hdd", "the machine has no IDE disks", "format=raw"},
    {"-cdrom", "the machine has no CD drive", "format=raw,readonly=on"},
    {"-fda", "the machine has no floppy drive", "format=raw"},
};

Error unknown_option(std::string_view word, std::string_view next) {
  if (word.empty() || word.front() != '-') {
    return Error{fmt::format(
        "'{0}' is no option; a kernel is given with -kernel {0}, a disk with -drive file={0}",
        word)};
  }
  if (word.substr(0, 2) == "--") word.remove_prefix(1);
  for (const DiskOption& option : kDiskOptions) {
    if (word != option.name) continue;
    return Error{fmt::format("{}: {}; use -drive file={},{}", word, option.reason,
                             next.empty() ? "FILE" : next, option.properties)};
  }
  if (const auto instead = instead_of_option(word); !instead.empty()) {
    return Error{fmt::format("{}: {}", word, instead)};
  }
  return Error{fmt::format("unknown option {}; the nearest is {} (see --help)", word,
                           nearest_name(word, option_names()))};
}

// The row of an option whose argument may follow after '=', and that argument.
const OptionRow* find_attached(std::string_view word, std::string_view& argument) {
  const size_t equals = word.find('=');
  const OptionRow* row = find_option(word.substr(0, equals));
  if (row == nullptr || !row->takes_attached()) return nullptr;
  argument = equals == std::string_view::npos ? std::string_view{} : word.substr(equals + 1);
  return row;
}

// Handles the option at the front of `words` and removes it with its argument.
Result<void> take_option(Draft& draft, std::span<const std::string_view>& words) {
  std::string_view attached;
  if (const OptionRow* row = find_attached(words.front(), attached)) {
    words = words.subspan(1);
    return row->handler(draft, attached);
  }
  const OptionRow* row = find_option(words.front());
  if (row == nullptr) {
    return unknown_option(words.front(), words.size() > 1 ? words[1] : std::string_view{});
  }
  words = words.subspan(1);
  if (row->argument.empty()) return row->handler(draft, {});
  if (words.empty()) {
    return Error{fmt::format("{} needs an argument: {} {}", row->name, row->name, row->argument)};
  }
  const std::string_view argument = words.front();
  words = words.subspan(1);
  return row->handler(draft, argument);
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const std::string_view> arguments) {
  Draft draft;
  while (!arguments.empty()) {
    if (auto taken = take_option(draft, arguments); !taken) return taken.error();
    // The rest does not matter to somebody who asks for help.
    if (!draft.print) continue;
    CommandLine help;
    help.print = std::move(draft.print);
    return help;
  }
  if (auto good = finish(draft); !good) return good.error();
  return CommandLine{.config = std::move(draft.config),
                     .monitors = std::move(draft.monitors),
                     .qmp = std::move(draft.qmp),
                     .scheduled = std::move(draft.scheduled),
                     .ends = std::move(draft.ends),
                     .pidfile = std::move(draft.pidfile),
                     .notes = std::move(draft.notes),
                     .print = {},
                     .gdb = std::move(draft.gdb),
                     .gdb_history = draft.gdb_history,
                     .window = draft.window,
                     .start_stopped = draft.start_stopped};
}

}  // namespace vireo
