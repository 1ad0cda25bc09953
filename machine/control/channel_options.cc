// -serial and -debugcon: where bytes of a port go.
#include <fmt/format.h>

#include <optional>

#include "machine/control/handlers.h"

namespace vireo {
namespace {

constexpr size_t kSerialPorts = 2;

struct ChannelName {
  std::string_view name;
  ChannelSpec::Kind kind;
  bool terminal_signals;
};

// As in QEMU: stdio alone leaves Ctrl-C to the host, mon:stdio gives it to the guest.
constexpr ChannelName kChannels[] = {
    {"none", ChannelSpec::Kind::kNone, false},  {"null", ChannelSpec::Kind::kNull, false},
    {"stdio", ChannelSpec::Kind::kStdio, true}, {"mon:stdio", ChannelSpec::Kind::kStdio, false},
    {"pty", ChannelSpec::Kind::kPty, false},
};

constexpr std::string_view kFilePrefix = "file:";

Result<ChannelSpec> parse_channel(std::string_view option, std::string_view text) {
  for (const ChannelName& channel : kChannels) {
    if (text == channel.name) return ChannelSpec{channel.kind, "", channel.terminal_signals};
  }
  if (text.substr(0, kFilePrefix.size()) == kFilePrefix && text.size() > kFilePrefix.size()) {
    return ChannelSpec{ChannelSpec::Kind::kFile, std::string(text.substr(kFilePrefix.size())),
                       false};
  }
  return Error{fmt::format("{}: '{}' is none of stdio, mon:stdio, file:PATH, pty, null, none",
                           option, text)};
}

}  // namespace

Result<void> take_serial(Draft& draft, std::string_view argument) {
  const auto channel = parse_channel("-serial", argument);
  if (!channel) return channel.error();
  if (draft.serials.size() == kSerialPorts) {
    return Error{fmt::format("-serial {}: given more than {} times, the number of ports there are",
                             argument, kSerialPorts)};
  }
  draft.serials.push_back(*channel);
  return {};
}

Result<void> take_debugcon(Draft& draft, std::string_view argument) {
  const auto channel = parse_channel("-debugcon", argument);
  if (!channel) return channel.error();
  if (draft.config.debug_console) return Error{"-debugcon: given twice, but there is one port"};
  draft.config.debug_console = DebugConsoleConfig{DebugConsoleConfig{}.iobase, *channel};
  return {};
}

}  // namespace vireo
