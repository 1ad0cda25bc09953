// -state-trace and -slices: for comparing runs that must be the same.
#include <fmt/format.h>

#include "machine/base/option_parser.h"
#include "machine/control/handlers.h"

namespace vireo {
namespace {

constexpr OptionKey kTraceKeys[] = {
    {"every", OptionType::kNumber, "ns of the guest's time between lines", {}, 1},
    {"from", OptionType::kNumber, "time of the first line"},
    {"to", OptionType::kNumber, "no line after this time"},
    {"stop", OptionType::kBool, "switch the machine off then"},
};

constexpr OptionKey kSlicesKeys[] = {
    {"kind", OptionType::kChoice, "how much the CPU takes at a time", "blocks|alone|random"},
    {"seed", OptionType::kNumber, "random: of the lengths"},
};

}  // namespace

Result<void> take_state_trace(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-state-trace", argument, kTraceKeys);
  if (!parsed) return parsed.error();
  if (!parsed->has("every")) return Error{"-state-trace: say how often, for example every=1000000"};
  StateTraceConfig& trace = draft.config.state_trace;
  trace.every_ns = parsed->number("every", 0);
  trace.from_ns = parsed->number("from", 0);
  trace.to_ns = parsed->number("to", UINT64_MAX);
  trace.stop = parsed->flag("stop", false);
  return {};
}

Result<void> take_slices(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-slices", argument, kSlicesKeys, "kind");
  if (!parsed) return parsed.error();
  const std::string kind = parsed->text("kind", "blocks");
  draft.config.slices.kind = kind == "alone"    ? Slices::Kind::kAlone
                             : kind == "random" ? Slices::Kind::kRandom
                                                : Slices::Kind::kBlocks;
  draft.config.slices.seed = parsed->number("seed", 1);
  return {};
}

}  // namespace vireo
