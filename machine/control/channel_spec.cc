#include "machine/control/channel_spec.h"

#include <fmt/format.h>

#include <string>

namespace vireo {
namespace {

using Kind = ChannelSpec::Kind;

struct ChannelName {
  std::string_view name;
  Kind kind;
};
constexpr ChannelName kNames[] = {
    {"none", Kind::kNone}, {"null", Kind::kNull}, {"stdio", Kind::kStdio}, {"pty", Kind::kPty}};

// Kinds with something behind a colon; what it is called in errors.
struct ChannelPrefix {
  std::string_view prefix;
  Kind kind;
};
constexpr ChannelPrefix kPrefixes[] = {{"file:", Kind::kFile},
                                       {"pipe:", Kind::kPipe},
                                       {"unix:", Kind::kUnix},
                                       {"tcp:", Kind::kTcp},
                                       {"chardev:", Kind::kChardev}};

constexpr std::string_view kForms =
    "stdio, mon:stdio, file:PATH, pty, pipe:PATH, unix:PATH, tcp:HOST:PORT, chardev:ID, null, "
    "none";

constexpr OptionKey kSocketKeys[] = {{.name = "address", .help = "PATH or HOST:PORT"},
                                     kServerKey,
                                     kWaitKey,
                                     kNoWaitKey,
                                     kReconnectKey,
                                     kNoDelayKey};

bool is_socket(Kind kind) { return kind == Kind::kUnix || kind == Kind::kTcp; }

// "unix:PATH,server=on" without its "unix:".
Result<ChannelSpec> parse_socket(std::string_view option, Kind kind, std::string_view text) {
  const auto parsed = parse_options(option, text, kSocketKeys, "address");
  if (!parsed) return parsed.error();
  ChannelSpec spec{.kind = kind};
  const std::string address = parsed->text("address");
  if (kind == Kind::kUnix) {
    spec.path = address;
  } else {
    // The last colon: an IPv6 address has more of them.
    const size_t colon = address.rfind(':');
    if (colon == std::string::npos || colon + 1 == address.size()) {
      return Error{
          fmt::format("{}: tcp:{} needs a port, as in tcp:localhost:4444", option, address)};
    }
    spec.host = address.substr(0, colon);
    spec.port = address.substr(colon + 1);
    if (spec.host.size() > 1 && spec.host.front() == '[' && spec.host.back() == ']') {
      spec.host = spec.host.substr(1, spec.host.size() - 2);
    }
  }
  if (auto taken = take_socket_keys(option, *parsed, spec); !taken) return taken.error();
  return spec;
}

}  // namespace

Result<void> take_socket_keys(std::string_view option, const ParsedOptions& parsed,
                              ChannelSpec& spec) {
  spec.server = parsed.flag("server", false);
  spec.wait = spec.server && parsed.flag("wait", !parsed.flag("nowait", false));
  spec.reconnect_seconds = static_cast<unsigned>(parsed.number("reconnect", 0));
  if (spec.server && spec.reconnect_seconds != 0) {
    return Error{fmt::format("{}: reconnect= is for a client; a server waits by itself", option)};
  }
  if (!spec.server && (parsed.has("wait") || parsed.has("nowait"))) {
    return Error{fmt::format("{}: wait= is for a server; add server=on", option)};
  }
  return {};
}

Result<ChannelSpec> parse_channel_spec(std::string_view option, std::string_view text) {
  constexpr std::string_view kMon = "mon:";
  if (text.substr(0, kMon.size()) == kMon) {
    auto spec = parse_channel_spec(option, text.substr(kMon.size()));
    if (!spec) return spec;
    spec->mux = true;
    // As in QEMU: Ctrl-C is for the guest.
    spec->terminal_signals = false;
    return spec;
  }
  for (const ChannelName& known : kNames) {
    if (text != known.name) continue;
    return ChannelSpec{.kind = known.kind, .terminal_signals = known.kind == Kind::kStdio};
  }
  for (const ChannelPrefix& known : kPrefixes) {
    if (text.substr(0, known.prefix.size()) != known.prefix) continue;
    const std::string_view rest = text.substr(known.prefix.size());
    if (rest.empty()) break;
    if (is_socket(known.kind)) return parse_socket(option, known.kind, rest);
    return ChannelSpec{.kind = known.kind, .path = std::string(rest)};
  }
  return Error{fmt::format("{}: '{}' is none of {}", option, text, kForms)};
}

}  // namespace vireo
