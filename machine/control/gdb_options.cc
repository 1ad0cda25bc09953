// -gdb, -s and -S: a debugger for the machine.
#include "machine/control/channel_spec.h"
#include "machine/control/handlers.h"

namespace vireo {

// As in QEMU a socket listens and the start does not wait. Without a host only this one may
// connect: who does has the machine in his hands.
Result<void> take_gdb(Draft& draft, std::string_view argument) {
  auto channel = parse_channel_spec("-gdb", argument);
  if (!channel) return channel.error();
  using Kind = ChannelSpec::Kind;
  const bool socket = channel->kind == Kind::kTcp || channel->kind == Kind::kUnix;
  if (channel->mux || channel->reconnect_seconds != 0) {
    return Error{
        "-gdb: gdb needs a channel of its own and connects itself; give tcp::1234 or "
        "unix:PATH"};
  }
  if (channel->kind == Kind::kTcp && channel->host.empty()) channel->host = "127.0.0.1";
  channel->server = socket;
  channel->wait = false;
  channel->paces_idle = false;
  channel->observer = true;
  channel->observer = true;
  draft.gdb.reset();
  if (channel->kind != Kind::kNone) draft.gdb = *channel;
  return {};
}

}  // namespace vireo
