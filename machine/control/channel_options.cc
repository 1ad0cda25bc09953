// -serial and -debugcon: where bytes of a port go.
#include <fmt/format.h>

#include "machine/control/channel_spec.h"
#include "machine/control/handlers.h"

namespace vireo {
namespace {

constexpr size_t kSerialPorts = 2;

}  // namespace

Result<void> take_serial(Draft& draft, std::string_view argument) {
  const auto channel = parse_channel_spec("-serial", argument);
  if (!channel) return channel.error();
  if (draft.serials.size() == kSerialPorts) {
    return Error{fmt::format("-serial {}: given more than {} times, the number of ports there are",
                             argument, kSerialPorts)};
  }
  draft.serials.push_back(*channel);
  return {};
}

Result<void> take_debugcon(Draft& draft, std::string_view argument) {
  const auto channel = parse_channel_spec("-debugcon", argument);
  if (!channel) return channel.error();
  auto& console = draft.config.debug_console;
  if (console && console->channel.kind != ChannelSpec::Kind::kNone) {
    return Error{"-debugcon: given twice, but there is one port"};
  }
  if (!console) console.emplace();  // else -global has told its port
  console->channel = *channel;
  return {};
}

}  // namespace vireo
