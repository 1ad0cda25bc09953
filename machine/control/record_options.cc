// -record and -replay.
#include <fmt/format.h>

#include "machine/base/option_parser.h"
#include "machine/control/handlers.h"

namespace vireo {
namespace {

constexpr std::string_view kInstructions = "insns=";

constexpr OptionKey kRecordKeys[] = {
    {.name = "file", .help = "the recording, which is created or emptied"},
    {.name = "onerror",
     .type = OptionType::kChoice,
     .help = "when the file can take no more",
     .choices = "stop|continue",
     .otherwise = "stop"},
};

constexpr OptionKey kReplayKeys[] = {
    {.name = "file", .help = "the recording"},
    {.name = "until", .help = "insns=N or end", .otherwise = "end"},
    {.name = "then",
     .type = OptionType::kChoice,
     .help = "end the run there, or go on from outside",
     .choices = "stop|live",
     .otherwise = "stop"},
};

Result<void> check_pair(const MachineConfig& config) {
  if (config.record.path.empty() || config.replay.path.empty()) return {};
  return Error{"-record and -replay exclude each other; a replay is as its recording"};
}

}  // namespace

Result<void> take_record(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-record", argument, kRecordKeys, "file");
  if (!parsed) return parsed.error();
  draft.config.record = {parsed->text("file"), parsed->text("onerror") == "continue"};
  if (draft.config.record.path.empty()) return Error{"-record: give the path of a file"};
  return check_pair(draft.config);
}

Result<void> take_replay(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-replay", argument, kReplayKeys, "file");
  if (!parsed) return parsed.error();
  ReplayConfig& replay = draft.config.replay;
  replay.path = parsed->text("file");
  replay.then_live = parsed->text("then") == "live";
  if (replay.path.empty()) return Error{"-replay: give the path of a file that -record made"};
  const std::string until = parsed->text("until", "end");
  if (until != "end") {
    const bool counts = until.substr(0, kInstructions.size()) == kInstructions;
    if (counts) replay.until = parse_number(until.substr(kInstructions.size()));
    if (!replay.until) {
      return Error{fmt::format("-replay: until={} is neither insns=N nor end", until)};
    }
  }
  return check_pair(draft.config);
}

}  // namespace vireo
