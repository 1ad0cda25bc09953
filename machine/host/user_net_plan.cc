#include "machine/host/user_net_plan.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <optional>
#include <string_view>

namespace vireo {
namespace {

// Places within the network where the user names none.
constexpr uint32_t kHostPlace = 0x0202;
constexpr uint32_t kDnsPlace = 0x0203;
constexpr uint32_t kDhcpPlace = 0x020f;

Result<in_addr> place_of(std::string_view property, const std::string& text, const Ipv4Network& net,
                         uint32_t otherwise) {
  if (text.empty()) {
    const uint32_t place = htonl(otherwise) & ~net.mask.s_addr;
    return in_addr{(net.address.s_addr & net.mask.s_addr) | place};
  }
  const auto address = parse_ipv4_address(text);
  if (!address) return Error{fmt::format("{}={} is no address such as 10.0.2.2", property, text)};
  if ((address->s_addr & net.mask.s_addr) != (net.address.s_addr & net.mask.s_addr)) {
    return Error{fmt::format("{}={} is not in the network of net=", property, text)};
  }
  return *address;
}

// Takes "tcp:" or "udp:" off the front; ":" alone means tcp. Nothing for anything else.
std::optional<bool> take_protocol(std::string_view& text) {
  for (const auto& [prefix, udp] : {std::pair{std::string_view("tcp:"), false},
                                    {std::string_view("udp:"), true},
                                    {std::string_view(":"), false}}) {
    if (text.substr(0, prefix.size()) != prefix) continue;
    text.remove_prefix(prefix.size());
    return udp;
  }
  return std::nullopt;
}

Result<HostForward> parse_host_forward(const std::string& text) {
  std::string_view rest = text;
  const auto udp = take_protocol(rest);
  const size_t dash = rest.find('-');
  if (udp && dash != std::string_view::npos) {
    const auto host = parse_endpoint(rest.substr(0, dash));
    const auto guest = parse_endpoint(rest.substr(dash + 1));
    if (host && guest) return HostForward{*udp, *host, *guest, text};
  }
  return Error{fmt::format(
      "hostfwd={} is not written as tcp|udp:[HOST-ADDRESS]:PORT-[GUEST-ADDRESS]:PORT", text)};
}

Result<GuestForward> parse_guest_forward(const std::string& text) {
  constexpr std::string_view kCommand = "cmd:";
  std::string_view rest = text;
  const auto udp = take_protocol(rest);
  const size_t dash = rest.find('-');
  if (udp && !*udp && dash != std::string_view::npos) {
    const auto server = parse_endpoint(rest.substr(0, dash));
    const std::string_view target = rest.substr(dash + 1);
    if (server && target.substr(0, kCommand.size()) == kCommand) {
      return GuestForward{*server, std::string(target.substr(kCommand.size())), text};
    }
  }
  return Error{fmt::format("guestfwd={} is not written as tcp:ADDRESS:PORT-cmd:COMMAND", text)};
}

Result<void> place_all(const UserNetSpec& spec, UserNetPlan& plan) {
  const struct {
    std::string_view property;
    const std::string& text;
    uint32_t otherwise;
    in_addr& result;
  } rows[] = {{"host", spec.host, kHostPlace, plan.host},
              {"dns", spec.dns, kDnsPlace, plan.dns},
              {"dhcpstart", spec.dhcp_start, kDhcpPlace, plan.dhcp_start}};
  for (const auto& row : rows) {
    const auto address = place_of(row.property, row.text, plan.net, row.otherwise);
    if (!address) return address.error();
    row.result = *address;
  }
  if (plan.host.s_addr != plan.dns.s_addr) return {};
  return Error{"host= and dns= are one address; give them two"};
}

}  // namespace

Result<UserNetPlan> plan_user_net(const UserNetSpec& spec) {
  UserNetPlan plan{};
  const auto net = parse_ipv4_network(spec.net.empty() ? "10.0.2.0/24" : spec.net);
  if (!net) return Error{fmt::format("net={} is no network such as 10.0.2.0/24", spec.net)};
  plan.net = *net;
  if (auto placed = place_all(spec, plan); !placed) return placed.error();
  for (const std::string& text : spec.host_forwards) {
    auto forward = parse_host_forward(text);
    if (!forward) return forward.error();
    plan.host_forwards.push_back(std::move(*forward));
  }
  for (const std::string& text : spec.guest_forwards) {
    auto forward = parse_guest_forward(text);
    if (!forward) return forward.error();
    plan.guest_forwards.push_back(std::move(*forward));
  }
  return plan;
}

}  // namespace vireo
