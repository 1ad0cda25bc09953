// The texts that say where bytes go: "stdio", "unix:/tmp/a.sock,server=on,wait=off".
#pragma once

#include <string_view>

#include "machine/base/option_parser.h"
#include "machine/base/result.h"
#include "machine/host/host_specs.h"

namespace vireo {

// What -serial, -monitor and -debugcon take; `option` begins every error. A `mon:` in front
// asks for a multiplexer.
Result<ChannelSpec> parse_channel_spec(std::string_view option, std::string_view text);

// The properties of a socket, shared with -chardev socket: server=, wait=, nowait, reconnect=.
inline constexpr OptionKey kServerKey = {.name = "server",
                                         .type = OptionType::kBool,
                                         .help = "listen rather than connect",
                                         .otherwise = "off"};
inline constexpr OptionKey kWaitKey = {.name = "wait",
                                       .type = OptionType::kBool,
                                       .help = "a server: start when somebody has connected",
                                       .otherwise = "on"};
inline constexpr OptionKey kNoWaitKey = {
    .name = "nowait", .type = OptionType::kBool, .help = "old spelling of wait=off"};
inline constexpr OptionKey kReconnectKey = {.name = "reconnect",
                                            .type = OptionType::kNumber,
                                            .help = "a client: seconds between attempts",
                                            .max = 3600,
                                            .otherwise = "0, none"};
// Nobody delays small writes here; taken for scripts that say so.
inline constexpr OptionKey kNoDelayKey = {
    .name = "nodelay", .type = OptionType::kBool, .help = "always so"};

// Fills in the four.
Result<void> take_socket_keys(std::string_view option, const ParsedOptions& parsed,
                              ChannelSpec& spec);

}  // namespace vireo
