#include "machine/control/net/netdev_types.h"

#include <fmt/format.h>

#include "machine/base/nearest_name.h"

namespace vireo {
namespace {

using Type = decltype(NetdevSpec::type);

constexpr OptionKey kUserKeys[] = {
    {.name = "net", .help = "address and mask", .otherwise = "10.0.2.0/24"},
    {.name = "host", .help = "the gateway, which is this machine", .otherwise = "10.0.2.2"},
    {.name = "dns", .help = "the name server, which is the host's", .otherwise = "10.0.2.3"},
    {.name = "dhcpstart", .help = "first address given away", .otherwise = "10.0.2.15"},
    {.name = "hostname", .help = "name that DHCP gives the guest"},
    {.name = "domainname", .help = "domain that DHCP gives"},
    {.name = "dnssearch", .help = "search domain; may be repeated", .repeats = true},
    {.name = "hostfwd",
     .help = "tcp|udp:[ADDRESS]:PORT-[GUEST]:PORT: a port of the host that leads to the guest; "
             "may be repeated",
     .repeats = true},
    {.name = "guestfwd",
     .help = "tcp:ADDRESS:PORT-cmd:COMMAND: a server in the network; may be repeated",
     .repeats = true},
    {.name = "restrict",
     .type = OptionType::kBool,
     .help = "nothing leaves the network but by forwards",
     .otherwise = "off"},
    {.name = "ipv4", .type = OptionType::kBool, .help = "IPv4", .otherwise = "on"},
    {.name = "ipv6", .type = OptionType::kBool, .help = "IPv6, fec0::/64", .otherwise = "on"},
    {.name = "tftp", .help = "a folder of the host, served by TFTP"},
    {.name = "bootfile", .help = "file name that BOOTP gives"},
};

Result<Type> parse_user(std::string_view option, const ParsedOptions& parsed) {
  UserNetSpec user;
  user.ipv4 = parsed.flag("ipv4", true);
  user.ipv6 = parsed.flag("ipv6", true);
  if (!user.ipv4 && !user.ipv6) {
    return Error{fmt::format("{}: ipv4=off and ipv6=off leave nothing", option)};
  }
  user.net = parsed.text("net");
  user.host = parsed.text("host");
  user.dns = parsed.text("dns");
  user.dhcp_start = parsed.text("dhcpstart");
  user.hostname = parsed.text("hostname");
  user.domain_name = parsed.text("domainname");
  user.dns_search = parsed.texts("dnssearch");
  user.tftp = parsed.text("tftp");
  user.boot_file = parsed.text("bootfile");
  user.restricted = parsed.flag("restrict", false);
  user.host_forwards = parsed.texts("hostfwd");
  user.guest_forwards = parsed.texts("guestfwd");
  return Type(std::move(user));
}

constexpr OptionKey kTapKeys[] = {
    {.name = "ifname", .help = "the interface of the host"},
    {.name = "script", .type = OptionType::kChoice, .help = "none is run", .choices = "no"},
    {.name = "downscript", .type = OptionType::kChoice, .help = "none is run", .choices = "no"},
    {.name = "vhost", .type = OptionType::kChoice, .help = "not in the kernel", .choices = "off"},
};

Result<Type> parse_tap(std::string_view option, const ParsedOptions& parsed) {
  TapSpec tap{parsed.text("ifname")};
  if (tap.interface.empty()) {
    return Error{fmt::format("{}: ifname= is missing; it names a tap of the host", option)};
  }
  return Type(std::move(tap));
}

constexpr OptionKey kSocketKeys[] = {
    {.name = "listen", .help = "[ADDRESS]:PORT to wait at for the other machine"},
    {.name = "connect", .help = "ADDRESS:PORT where the other machine waits"},
};

Result<Type> parse_socket(std::string_view option, const ParsedOptions& parsed) {
  if (parsed.has("listen") == parsed.has("connect")) {
    return Error{fmt::format("{}: give one of listen= and connect=", option)};
  }
  StreamNetSpec stream;
  stream.listens = parsed.has("listen");
  const std::string text = parsed.text(stream.listens ? "listen" : "connect");
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size()) {
    return Error{fmt::format("{}: '{}' is not written as [ADDRESS]:PORT", option, text)};
  }
  stream.host = text.substr(0, colon);
  stream.port = text.substr(colon + 1);
  return Type(std::move(stream));
}

constexpr OptionKey kStreamKeys[] = {
    {.name = "server",
     .type = OptionType::kBool,
     .help = "waits for the other",
     .otherwise = "off"},
    {.name = "addr.type",
     .type = OptionType::kChoice,
     .help = "kind of address",
     .choices = "inet|unix"},
    {.name = "addr.host", .help = "inet: address"},
    {.name = "addr.port", .help = "inet: port"},
    {.name = "addr.path", .help = "unix: path of the socket"},
};

Result<Type> parse_stream(std::string_view option, const ParsedOptions& parsed) {
  StreamNetSpec stream{parsed.flag("server", false), parsed.text("addr.host"),
                       parsed.text("addr.port"), parsed.text("addr.path")};
  const bool is_unix = parsed.text("addr.type") == "unix";
  if (!parsed.has("addr.type")) {
    return Error{fmt::format("{}: addr.type= is missing: inet or unix", option)};
  }
  if (is_unix ? stream.path.empty() : stream.port.empty()) {
    return Error{fmt::format("{}: {}= is missing", option, is_unix ? "addr.path" : "addr.port")};
  }
  if (!is_unix) stream.path.clear();
  return Type(std::move(stream));
}

constexpr NetdevRow kRows[] = {
    {"user", "in this process, needs no privileges: NAT, DHCP, DNS, forwarded ports", kUserKeys,
     parse_user},
    {"tap", "an interface of the host's kernel", kTapKeys, parse_tap},
    {"socket", "a cable to another machine, over TCP", kSocketKeys, parse_socket},
    {"stream", "the same, over TCP or a Unix socket", kStreamKeys, parse_stream},
};

}  // namespace

std::span<const NetdevRow> netdev_rows() { return kRows; }

const NetdevRow* find_netdev_row(std::string_view name) {
  for (const NetdevRow& row : kRows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::string netdevs_help() {
  std::string text = "Networks (properties: -netdev TYPE,help):\n";
  for (const NetdevRow& row : kRows) text += fmt::format("  {:<10} {}\n", row.name, row.help);
  return text;
}

Error unknown_netdev(std::string_view option, std::string_view name) {
  std::vector<std::string_view> names;
  for (const NetdevRow& row : kRows) names.push_back(row.name);
  return Error{fmt::format("{}: unknown type '{}'; the nearest is '{}' (list: -netdev help)",
                           option, name, nearest_name(name, names))};
}

}  // namespace vireo
