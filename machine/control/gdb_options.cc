// -gdb, -gdb-history, -s and -S: a debugger for the machine.
#include "machine/base/option_parser.h"
#include "machine/control/channel_spec.h"
#include "machine/control/handlers.h"

namespace vireo {
namespace {

constexpr OptionKey kHistoryKeys[] = {
    {.name = "memory",
     .type = OptionType::kSize,
     .help = "of all kept states together; the oldest go first",
     .min = 1 << 20,
     .otherwise = "1G"},
    {.name = "states",
     .type = OptionType::kNumber,
     .help = "how many are kept at most",
     .min = 1,
     .otherwise = "as many as fit"},
    {.name = "every",
     .type = OptionType::kNumber,
     .help = "instructions between two of them",
     .min = 1'000'000,
     .otherwise = "200000000"},
};

}  // namespace

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
  channel->whole = true;
  draft.gdb.reset();
  if (channel->kind != Kind::kNone) draft.gdb = *channel;
  return {};
}

Result<void> take_gdb_history(Draft& draft, std::string_view argument) {
  draft.gdb_history.reset();
  if (argument == "off") return {};
  const auto parsed = parse_options("-gdb-history", argument, kHistoryKeys, "memory");
  if (!parsed) return parsed.error();
  if (parsed->help_wanted()) {
    draft.print = "-gdb-history off, or properties:\n" + option_keys_help(kHistoryKeys);
    return {};
  }
  TimeTravelOptions history;
  history.most_bytes = parsed->number("memory", history.most_bytes);
  history.most_states = parsed->number("states", history.most_states);
  history.every = parsed->number("every", history.every);
  draft.gdb_history = history;
  return {};
}

}  // namespace vireo
