// -loadvm and the options that take snapshots at a moment or at the end.
#include <fmt/format.h>

#include "machine/base/option_parser.h"
#include "machine/control/handlers.h"

namespace vireo {
namespace {

constexpr std::string_view kDefaultFile = "vireo.snapshot";

constexpr OptionKey kLoadKeys[] = {
    {.name = "file", .help = "the snapshot"},
    {.name = "verify",
     .type = OptionType::kBool,
     .help = "check all of the memory before the start",
     .otherwise = "off"},
};

constexpr OptionKey kMarkerKeys[] = {
    {.name = "marker", .help = "a regular expression"},
    {.name = "file", .help = "where to", .otherwise = kDefaultFile},
    {.name = "compress", .type = OptionType::kBool, .help = "a smaller file", .otherwise = "off"},
    {.name = "quit", .type = OptionType::kBool, .help = "end the run then", .otherwise = "off"},
};

constexpr OptionKey kMomentKeys[] = {
    {.name = "time", .help = "a time of the guest's clock"},
    {.name = "insns", .help = "or a number of instructions"},
    {.name = "file", .help = "where to", .otherwise = kDefaultFile},
    {.name = "compress", .type = OptionType::kBool, .help = "a smaller file", .otherwise = "off"},
    {.name = "quit", .type = OptionType::kBool, .help = "end the run then", .otherwise = "off"},
};

// A scheduled savevm, and quit behind it.
void schedule(Draft& draft, ScheduledCommand moment, const ParsedOptions& parsed) {
  moment.command = fmt::format("savevm \"{}\"{}", parsed.text("file", kDefaultFile),
                               parsed.flag("compress", false) ? " on" : "");
  draft.scheduled.push_back(moment);
  if (!parsed.flag("quit", false)) return;
  moment.command = "quit";
  draft.scheduled.push_back(std::move(moment));
}

}  // namespace

Result<void> take_loadvm(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-loadvm", argument, kLoadKeys, "file");
  if (!parsed) return parsed.error();
  SnapshotConfig& config = draft.config.snapshots;
  config.load_path = parsed->text("file");
  config.verify = parsed->flag("verify", false);
  if (!config.load_path.empty()) return {};
  return Error{"-loadvm: give the path of a snapshot, which savevm or -snapshot-at made"};
}

Result<void> take_snapshot_at_marker(Draft& draft, std::string_view argument) {
  constexpr std::string_view kOption = "-snapshot-at-marker";
  const auto parsed = parse_options(kOption, argument, kMarkerKeys, "marker");
  if (!parsed) return parsed.error();
  std::string marker;
  for (const char c : parsed->text("marker")) marker.append(c == ',' ? 2 : 1, c);
  auto moment = parse_moment(kOption, "marker=" + marker);
  if (!moment) return moment.error();
  schedule(draft, std::move(*moment), *parsed);
  return {};
}

Result<void> take_snapshot_at(Draft& draft, std::string_view argument) {
  constexpr std::string_view kOption = "-snapshot-at";
  const auto parsed = parse_options(kOption, argument, kMomentKeys, "time");
  if (!parsed) return parsed.error();
  if (parsed->has("time") == parsed->has("insns")) {
    return Error{fmt::format("{}: give a time such as 2.5s, or insns=N", kOption)};
  }
  auto moment = parse_moment(
      kOption, parsed->has("time") ? parsed->text("time") : "insns=" + parsed->text("insns"));
  if (!moment) return moment.error();
  schedule(draft, std::move(*moment), *parsed);
  return {};
}

Result<void> take_snapshot_on_exit(Draft& draft, std::string_view argument) {
  draft.config.snapshots.on_exit_path = argument;
  if (!argument.empty()) return {};
  return Error{"-snapshot-on-exit: give the path of a file"};
}

}  // namespace vireo
