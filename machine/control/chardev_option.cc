// -chardev: named channels for ports, consoles and monitors.
#include "machine/control/chardev_option.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "machine/base/nearest_name.h"
#include "machine/control/channel_spec.h"
#include "machine/control/handlers.h"

namespace vireo {
namespace {

using Kind = ChannelSpec::Kind;

constexpr OptionKey kIdKey = {.name = "id", .help = "the name that others use"};
constexpr OptionKey kMuxKey = {.name = "mux",
                               .type = OptionType::kBool,
                               .help = "several users, switched by Ctrl-A C",
                               .otherwise = "off"};

constexpr OptionKey kPlainKeys[] = {kIdKey, kMuxKey};
constexpr OptionKey kStdioKeys[] = {kIdKey,
                                    kMuxKey,
                                    {.name = "signal",
                                     .type = OptionType::kBool,
                                     .help = "Ctrl-C ends vireo rather than go to the guest",
                                     .otherwise = "on"}};
constexpr OptionKey kFileKeys[] = {kIdKey,
                                   kMuxKey,
                                   {.name = "path", .help = "the file"},
                                   {.name = "append",
                                    .type = OptionType::kBool,
                                    .help = "keep what is there",
                                    .otherwise = "off"}};
constexpr OptionKey kPipeKeys[] = {
    kIdKey, kMuxKey, {.name = "path", .help = "PATH.in and PATH.out, made by mkfifo"}};
constexpr OptionKey kSocketKeys[] = {
    kIdKey,
    kMuxKey,
    {.name = "path", .help = "a local socket"},
    {.name = "host", .help = "or a TCP one: name or address"},
    {.name = "port", .help = "and port; 0: any free one, which is printed"},
    kServerKey,
    kWaitKey,
    kNoWaitKey,
    kReconnectKey,
    kNoDelayKey};
constexpr OptionKey kRingKeys[] = {kIdKey,
                                   kMuxKey,
                                   {.name = "size",
                                    .type = OptionType::kSize,
                                    .help = "bytes kept, a power of two",
                                    .min = 1,
                                    .max = 64 << 20,
                                    .otherwise = "64K"}};

Result<void> take_path(const ParsedOptions& parsed, std::string_view option, ChannelSpec& spec) {
  spec.path = parsed.text("path");
  spec.append = parsed.flag("append", false);
  if (!spec.path.empty()) return {};
  return Error{fmt::format("{}: path= is missing", option)};
}

Result<void> take_socket(const ParsedOptions& parsed, std::string_view option, ChannelSpec& spec) {
  spec.path = parsed.text("path");
  spec.host = parsed.text("host");
  spec.port = parsed.text("port");
  if (spec.path.empty() == spec.port.empty()) {
    return Error{fmt::format("{}: give path= for a local socket, or host= and port=", option)};
  }
  if (!spec.port.empty()) spec.kind = Kind::kTcp;
  return take_socket_keys(option, parsed, spec);
}

Result<void> take_ring(const ParsedOptions& parsed, std::string_view option, ChannelSpec& spec) {
  spec.ring_bytes = parsed.number("size", spec.ring_bytes);
  if ((spec.ring_bytes & (spec.ring_bytes - 1)) == 0) return {};
  return Error{fmt::format("{}: size={} is no power of two", option, spec.ring_bytes)};
}

struct ChardevRow {
  std::string_view name;
  std::string_view help;
  Kind kind;
  std::span<const OptionKey> keys;
  Result<void> (*take)(const ParsedOptions&, std::string_view option, ChannelSpec&);
};

constexpr ChardevRow kRows[] = {
    {"null", "drops output, never has input", Kind::kNull, kPlainKeys, nullptr},
    {"stdio", "standard input and output", Kind::kStdio, kStdioKeys,
     [](const ParsedOptions& parsed, std::string_view, ChannelSpec& spec) -> Result<void> {
       spec.terminal_signals = parsed.flag("signal", true);
       return {};
     }},
    {"file", "output to a file", Kind::kFile, kFileKeys, take_path},
    {"pipe", "two named pipes", Kind::kPipe, kPipeKeys, take_path},
    {"pty", "a new pseudo-terminal", Kind::kPty, kPlainKeys, nullptr},
    {"socket", "a local or TCP socket", Kind::kUnix, kSocketKeys, take_socket},
    {"ringbuf", "memory, for ringbuf_read and ringbuf_write of the monitor", Kind::kRing, kRingKeys,
     take_ring},
};

std::string chardevs_help() {
  std::string text = "Channels (properties: -chardev KIND,help):\n";
  for (const ChardevRow& row : kRows) text += fmt::format("  {:<10} {}\n", row.name, row.help);
  return text;
}

const ChardevRow* find_row(std::string_view name) {
  for (const ChardevRow& row : kRows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

Error unknown_kind(std::string_view verb, std::string_view name) {
  std::vector<std::string_view> names;
  for (const ChardevRow& row : kRows) names.push_back(row.name);
  return Error{fmt::format("{}: unknown kind '{}'; the nearest is '{}' (list: -chardev help)",
                           verb, name, nearest_name(name, names))};
}

// As a property, after the kind.
bool asks_for_help(std::string_view argument) {
  const std::vector<std::string> items = split_option_items(argument);
  return std::any_of(items.begin() + 1, items.end(),
                     [](const std::string& item) { return item == "help" || item == "?"; });
}

Result<ChardevConfig> chardev_of(const ChardevRow& row, const ParsedOptions& parsed,
                                 const std::string& option) {
  ChardevConfig chardev;
  chardev.id = parsed.text("id");
  if (chardev.id.empty()) return Error{fmt::format("{}: id= is missing", option)};
  chardev.spec.kind = row.kind;
  chardev.spec.mux = parsed.flag("mux", false);
  if (row.take != nullptr) {
    if (auto taken = row.take(parsed, option, chardev.spec); !taken) return taken.error();
  }
  return chardev;
}

}  // namespace

Result<ChardevConfig> parse_chardev(std::string_view verb, std::string_view text) {
  const std::string_view name = text.substr(0, text.find(','));
  const ChardevRow* row = find_row(name);
  if (row == nullptr) return unknown_kind(verb, name);
  const std::string option = fmt::format("{} {}", verb, name);
  const std::string_view rest =
      name.size() < text.size() ? text.substr(name.size() + 1) : std::string_view{};
  const auto parsed = parse_options(option, rest, row->keys);
  if (!parsed) return parsed.error();
  if (parsed->help_wanted()) {
    return Error{fmt::format("{}: -chardev {},help shows the properties", verb, name)};
  }
  return chardev_of(*row, *parsed, option);
}

Result<void> add_running_chardev(ControlPanel& panel, const ChardevConfig& chardev) {
  const ChannelSpec& spec = chardev.spec;
  if (spec.server && spec.wait) {
    return Error{fmt::format("chardev '{}': the machine runs and does not wait; give wait=off",
                             chardev.id)};
  }
  return panel.chardevs.add(chardev);
}

std::vector<std::string_view> chardev_kinds() {
  std::vector<std::string_view> names;
  for (const ChardevRow& row : kRows) names.push_back(row.name);
  return names;
}

Result<void> take_chardev(Draft& draft, std::string_view argument) {
  const std::string_view name = argument.substr(0, argument.find(','));
  if (name == "help" || name == "?") {
    draft.print = chardevs_help();
    return {};
  }
  const ChardevRow* row = find_row(name);
  if (row != nullptr && asks_for_help(argument)) {
    draft.print = fmt::format("{} properties:\n{}", name, option_keys_help(row->keys));
    return {};
  }
  auto chardev = parse_chardev("-chardev", argument);
  if (!chardev) return chardev.error();
  draft.config.chardevs.push_back(std::move(*chardev));
  return {};
}

}  // namespace vireo
