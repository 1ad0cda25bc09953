// -monitor, -mon and -at: who commands the running machine.
#include <fmt/format.h>

#include "machine/control/channel_spec.h"
#include "machine/control/handlers.h"
#include "machine/control/monitor/command.h"

namespace vireo {
namespace {

constexpr OptionKey kMonKeys[] = {
    {.name = "chardev", .help = "id of the -chardev"},
    {.name = "mode",
     .type = OptionType::kChoice,
     .help = "lines for a person",
     .choices = "readline"},
};

}  // namespace

Result<void> take_monitor(Draft& draft, std::string_view argument) {
  const auto channel = parse_channel_spec("-monitor", argument);
  if (!channel) return channel.error();
  draft.monitor_chosen = true;
  if (channel->kind == ChannelSpec::Kind::kNone || channel->kind == ChannelSpec::Kind::kNull) {
    return {};
  }
  draft.monitors.push_back(*channel);
  return {};
}

Result<void> take_mon(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-mon", argument, kMonKeys, "chardev");
  if (!parsed) return parsed.error();
  if (parsed->text("chardev").empty()) {
    return Error{"-mon: chardev= is missing; it names the id= of a -chardev"};
  }
  draft.monitor_chosen = true;
  draft.monitors.push_back({.kind = ChannelSpec::Kind::kChardev, .path = parsed->text("chardev")});
  return {};
}

// A command that cannot be understood is found now rather than in the middle of the run.
Result<void> take_at(Draft& draft, std::string_view argument) {
  auto scheduled = parse_scheduled_command(argument);
  if (!scheduled) return scheduled.error();
  if (const auto command = parse_command(scheduled->command); !command) {
    return Error{fmt::format("-at: {}", command.error().message)};
  }
  draft.scheduled.push_back(std::move(*scheduled));
  return {};
}

}  // namespace vireo
