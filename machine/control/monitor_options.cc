// -monitor, -mon, -qmp and -at: who commands the running machine.
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
     .help = "lines for a person, or control: QMP",
     .choices = "readline|control",
     .otherwise = "readline"},
    {.name = "pretty",
     .type = OptionType::kBool,
     .help = "mode=control: answers on several lines",
     .otherwise = "off"},
};

bool leads_nowhere(const ChannelSpec& channel) {
  return channel.kind == ChannelSpec::Kind::kNone || channel.kind == ChannelSpec::Kind::kNull;
}

Result<void> add_qmp(Draft& draft, std::string_view option, std::string_view argument,
                     bool pretty) {
  auto channel = parse_channel_spec(option, argument);
  if (!channel) return channel.error();
  channel->whole = true;
  if (!leads_nowhere(*channel)) draft.qmp.push_back({*channel, pretty});
  return {};
}

}  // namespace

Result<void> take_monitor(Draft& draft, std::string_view argument) {
  const auto channel = parse_channel_spec("-monitor", argument);
  if (!channel) return channel.error();
  draft.monitor_chosen = true;
  if (!leads_nowhere(*channel)) draft.monitors.push_back(*channel);
  return {};
}

Result<void> take_mon(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-mon", argument, kMonKeys, "chardev");
  if (!parsed) return parsed.error();
  if (parsed->text("chardev").empty()) {
    return Error{"-mon: chardev= is missing; it names the id= of a -chardev"};
  }
  const ChannelSpec channel{.kind = ChannelSpec::Kind::kChardev, .path = parsed->text("chardev")};
  const bool control = parsed->text("mode", "readline") == "control";
  if (!control && parsed->has("pretty")) {
    return Error{"-mon: pretty= is for QMP; add mode=control"};
  }
  if (control) {
    draft.qmp.push_back({channel, parsed->flag("pretty", false)});
  } else {
    draft.monitor_chosen = true;
    draft.monitors.push_back(channel);
  }
  return {};
}

Result<void> take_qmp(Draft& draft, std::string_view argument) {
  return add_qmp(draft, "-qmp", argument, false);
}

Result<void> take_qmp_pretty(Draft& draft, std::string_view argument) {
  return add_qmp(draft, "-qmp-pretty", argument, true);
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
