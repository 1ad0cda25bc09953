// -netdev, -nic and -net: networks, and cards made along with them.
#include <fmt/format.h>

#include <vector>

#include "machine/control/handlers.h"
#include "machine/control/net/mac_text.h"
#include "machine/control/net/netdev_types.h"

namespace vireo {
namespace {

constexpr OptionKey kNetdevKeys[] = {
    {.name = "id", .help = "name for netdev= of a -device"},
    {.name = "queues",
     .type = OptionType::kNumber,
     .help = "pairs of queues for a card with mq=on",
     .min = 1,
     .max = 64,
     .otherwise = "1"},
};
constexpr OptionKey kCardKeys[] = {
    {.name = "model",
     .type = OptionType::kChoice,
     .help = "the card",
     .choices = "virtio|virtio-net-pci|virtio-net",
     .otherwise = "virtio-net-pci"},
    {.name = "mac", .help = "its address", .otherwise = "52:54:00:12:34:56 and on"},
};
// Of -net nic, which has other names for the same.
constexpr OptionKey kNetNicKeys[] = {
    {.name = "model",
     .type = OptionType::kChoice,
     .help = "the card",
     .choices = "virtio|virtio-net-pci|virtio-net",
     .otherwise = "virtio-net-pci"},
    {.name = "macaddr", .help = "its address", .otherwise = "52:54:00:12:34:56 and on"},
    {.name = "netdev", .help = "id of a -netdev", .otherwise = "the next -net"},
    {.name = "name", .help = "name of the card"},
};

// "TYPE,PROPERTY=VALUE...", divided at the first comma.
struct TypeText {
  explicit TypeText(std::string_view text) : name(text.substr(0, text.find(','))) {
    if (name.size() < text.size()) properties = text.substr(name.size() + 1);
  }
  bool asks_for_help() const { return name == "help" || name == "?"; }
  std::string_view name;
  std::string_view properties;
};

void add(std::vector<OptionKey>& keys, std::span<const OptionKey> more) {
  keys.insert(keys.end(), more.begin(), more.end());
}

// A network with whatever else its option may say.
struct ParsedNet {
  NetdevSpec spec;
  ParsedOptions options;
};

// Nothing when only help was wanted, which is then in the draft.
Result<std::optional<ParsedNet>> parse_net(Draft& draft, std::string_view option,
                                           const TypeText& text,
                                           std::span<const OptionKey> more_keys) {
  const NetdevRow* row = find_netdev_row(text.name);
  if (row == nullptr) return unknown_netdev(option, text.name);
  const std::string context = fmt::format("{} {}", option, text.name);
  std::vector<OptionKey> keys(std::begin(kNetdevKeys), std::end(kNetdevKeys));
  add(keys, more_keys);
  add(keys, row->keys);
  auto parsed = parse_options(context, text.properties, keys);
  if (!parsed) return parsed.error();
  if (parsed->help_wanted()) {
    draft.print = fmt::format("{} properties:\n{}", text.name, option_keys_help(keys));
    return std::optional<ParsedNet>();
  }
  auto type = row->parse(context, *parsed);
  if (!type) return type.error();
  NetdevSpec spec{parsed->text("id"), context, static_cast<unsigned>(parsed->number("queues", 1)),
                  std::move(*type)};
  return std::optional<ParsedNet>({std::move(spec), std::move(*parsed)});
}

Result<VirtioDeviceConfig> make_card(std::string_view option, const ParsedOptions& parsed,
                                     std::string_view mac_key) {
  VirtioDeviceConfig device;
  device.model = "virtio-net-pci";
  NetConfig card;
  card.mac_chosen = parsed.has(mac_key);
  if (card.mac_chosen) {
    const auto mac = parse_mac(option, mac_key, parsed.text(mac_key));
    if (!mac) return mac.error();
    card.options.mac = *mac;
  }
  device.type = std::move(card);
  return device;
}

Result<void> take_net_nic(Draft& draft, std::string_view properties) {
  const auto parsed = parse_options("-net nic", properties, kNetNicKeys);
  if (!parsed) return parsed.error();
  if (parsed->help_wanted()) {
    draft.print = "-net nic properties:\n" + option_keys_help(kNetNicKeys);
    return {};
  }
  auto card = make_card("-net nic", *parsed, "macaddr");
  if (!card) return card.error();
  card->id = parsed->text("name");
  std::get<NetConfig>(card->type).netdev = parsed->text("netdev");
  if (parsed->has("netdev")) {
    draft.config.virtio_devices.push_back(std::move(*card));
  } else {
    draft.net.cards.push_back(std::move(*card));
  }
  return {};
}

}  // namespace

Result<NetdevSpec> parse_netdev(std::string_view verb, std::string_view argument) {
  Draft draft;
  auto net = parse_net(draft, verb, TypeText(argument), {});
  if (!net) return net.error();
  if (!*net) return Error{fmt::format("{}: -netdev TYPE,help shows the properties", verb)};
  NetdevSpec& spec = (**net).spec;
  if (spec.id.empty()) {
    return Error{fmt::format("{}: id= is missing, for netdev= of a -device", spec.option)};
  }
  spec.option += ",id=" + spec.id;
  return std::move(spec);
}

Result<void> take_netdev(Draft& draft, std::string_view argument) {
  const TypeText text(argument);
  if (text.asks_for_help()) {
    draft.print = netdevs_help();
    return {};
  }
  auto net = parse_net(draft, "-netdev", text, {});
  if (!net) return net.error();
  if (!*net) return {};
  auto spec = parse_netdev("-netdev", argument);
  if (!spec) return spec.error();
  draft.config.netdevs.push_back(std::move(*spec));
  return {};
}

// The card takes its place among the devices where the option stands.
Result<void> take_nic(Draft& draft, std::string_view argument) {
  const TypeText text(argument);
  if (argument == "none") return {};
  if (text.asks_for_help()) {
    draft.print = netdevs_help();
    return {};
  }
  auto net = parse_net(draft, "-nic", text, kCardKeys);
  if (!net) return net.error();
  if (!*net) return {};
  NetdevSpec& spec = (**net).spec;
  auto card = make_card(spec.option, (**net).options, "mac");
  if (!card) return card.error();
  // A name that no user can give, so that it is nobody else's.
  if (spec.id.empty()) spec.id = fmt::format("nic {}", draft.config.netdevs.size());
  std::get<NetConfig>(card->type).netdev = spec.id;
  std::get<NetConfig>(card->type).options.mq = spec.queues > 1;
  draft.config.virtio_devices.push_back(std::move(*card));
  draft.config.netdevs.push_back(std::move(spec));
  return {};
}

Result<void> take_net(Draft& draft, std::string_view argument) {
  const TypeText text(argument);
  if (argument == "none") return {};
  if (text.name == "nic") return take_net_nic(draft, text.properties);
  if (text.asks_for_help()) {
    draft.print = netdevs_help();
    return {};
  }
  auto net = parse_net(draft, "-net", text, {});
  if (!net) return net.error();
  if (*net) draft.net.networks.push_back(std::move((**net).spec));
  return {};
}

}  // namespace vireo
