// The types of networks that -netdev, -nic and -net know, as data.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "machine/base/option_parser.h"
#include "machine/base/result.h"
#include "machine/host/net_specs.h"

namespace vireo {

struct NetdevRow {
  std::string_view name;            // "user"
  std::string_view help;            // one line
  std::span<const OptionKey> keys;  // its own, besides id= and queues=
  // The particular part. `option` begins every error.
  Result<decltype(NetdevSpec::type)> (*parse)(std::string_view option, const ParsedOptions& parsed);
};

std::span<const NetdevRow> netdev_rows();
const NetdevRow* find_netdev_row(std::string_view name);
// "Networks (...)": a line for each.
std::string netdevs_help();
// "user,id=n,...": a network as -netdev and netdev_add take it. `verb` begins every error.
Result<NetdevSpec> parse_netdev(std::string_view verb, std::string_view text);
// Names the nearest type.
Error unknown_netdev(std::string_view option, std::string_view name);

}  // namespace vireo
