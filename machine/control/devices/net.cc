// -device virtio-net-pci: a network card.
#include <fmt/format.h>

#include "machine/control/devices/device_row.h"
#include "machine/control/devices/virtio_pci_keys.h"
#include "machine/control/net/mac_text.h"

namespace vireo {
namespace {

constexpr OptionKey flag(std::string_view name, std::string_view help,
                         std::string_view otherwise = "on") {
  return {.name = name, .type = OptionType::kBool, .help = help, .otherwise = otherwise};
}

constexpr OptionKey kKeys[] = {
    kBootindexKey,
    {.name = "netdev", .help = "id of the -netdev", .otherwise = "no cable"},
    {.name = "mac", .help = "address", .otherwise = "52:54:00:12:34:56 and on"},
    flag("csum", "the driver may leave checksums to the device"),
    flag("guest_csum", "the device may leave checksums to the driver"),
    flag("gso", "off: none of host_tso4, host_tso6 and host_ecn"),
    flag("guest_tso4", "the driver may be given large TCP segments"),
    flag("guest_tso6", "the same over IPv6"),
    flag("guest_ecn", "the same with ECN"),
    flag("host_tso4", "the driver may send large TCP segments"),
    flag("host_tso6", "the same over IPv6"),
    flag("host_ecn", "the same with ECN"),
    flag("mrg_rxbuf", "a frame may fill several buffers"),
    flag("status", "the driver sees the link"),
    flag("guest_announce", "the driver can be asked to announce itself"),
    flag("ctrl_vq", "a control queue"),
    flag("ctrl_rx", "filters by address"),
    flag("ctrl_vlan", "filters by VLAN"),
    flag("ctrl_rx_extra", "more modes of the filters"),
    flag("ctrl_mac_addr", "the driver may set the address"),
    flag("ctrl_guest_offloads", "the driver may switch offloads"),
    flag("mq", "as many pairs of queues as queues= of the -netdev", "off"),
    {.name = "rx_queue_size",
     .type = OptionType::kNumber,
     .help = "entries of a receive queue, a power of two",
     .min = 64,
     .max = 1024,
     .otherwise = "256"},
    {.name = "tx_queue_size",
     .type = OptionType::kNumber,
     .help = "entries of a transmit queue, a power of two",
     .min = 64,
     .max = 1024,
     .otherwise = "256"},
    {.name = "host_mtu",
     .type = OptionType::kNumber,
     .help = "MTU that the driver is told; 0: none",
     .max = 65535,
     .otherwise = "0"},
    {.name = "speed",
     .type = OptionType::kNumber,
     .help = "Mb/s that the driver is told; 0: none",
     .max = INT32_MAX,
     .otherwise = "0"},
    {.name = "duplex",
     .type = OptionType::kChoice,
     .help = "what it is told with the speed",
     .choices = "half|full",
     .otherwise = "full"},
};

struct FlagOf {
  std::string_view key;
  bool VirtioNetOptions::*field;
};
constexpr FlagOf kFlags[] = {
    {"csum", &VirtioNetOptions::csum},
    {"guest_csum", &VirtioNetOptions::guest_csum},
    {"guest_tso4", &VirtioNetOptions::guest_tso4},
    {"guest_tso6", &VirtioNetOptions::guest_tso6},
    {"guest_ecn", &VirtioNetOptions::guest_ecn},
    {"host_tso4", &VirtioNetOptions::host_tso4},
    {"host_tso6", &VirtioNetOptions::host_tso6},
    {"host_ecn", &VirtioNetOptions::host_ecn},
    {"mrg_rxbuf", &VirtioNetOptions::mrg_rxbuf},
    {"status", &VirtioNetOptions::status},
    {"guest_announce", &VirtioNetOptions::guest_announce},
    {"ctrl_vq", &VirtioNetOptions::ctrl_vq},
    {"ctrl_rx", &VirtioNetOptions::ctrl_rx},
    {"ctrl_vlan", &VirtioNetOptions::ctrl_vlan},
    {"ctrl_rx_extra", &VirtioNetOptions::ctrl_rx_extra},
    {"ctrl_mac_addr", &VirtioNetOptions::ctrl_mac_addr},
    {"ctrl_guest_offloads", &VirtioNetOptions::ctrl_guest_offloads},
    {"mq", &VirtioNetOptions::mq},
};

VirtioNetOptions options_of(const ParsedOptions& parsed) {
  VirtioNetOptions net;
  for (const FlagOf& row : kFlags) net.*row.field = parsed.flag(row.key, net.*row.field);
  if (!parsed.flag("gso", true)) net.host_tso4 = net.host_tso6 = net.host_ecn = false;
  const auto number = [&](std::string_view key, uint64_t otherwise) {
    return static_cast<uint32_t>(parsed.number(key, otherwise));
  };
  net.rx_queue_size = number("rx_queue_size", net.rx_queue_size);
  net.tx_queue_size = number("tx_queue_size", net.tx_queue_size);
  net.host_mtu = static_cast<uint16_t>(number("host_mtu", net.host_mtu));
  net.speed = number("speed", net.speed);
  net.full_duplex = parsed.text("duplex", "full") == "full";
  return net;
}

Result<VirtioTypeConfig> parse(std::string_view option, const ParsedOptions& parsed) {
  NetConfig card;
  card.netdev = parsed.text("netdev");
  card.options = options_of(parsed);
  for (const auto& [key, size] : {std::pair{"rx_queue_size", card.options.rx_queue_size},
                                  {"tx_queue_size", card.options.tx_queue_size}}) {
    if (auto good = check_queue_size(option, key, size); !good) return good.error();
  }
  card.mac_chosen = parsed.has("mac");
  if (card.mac_chosen) {
    const auto mac = parse_mac(option, "mac", parsed.text("mac"));
    if (!mac) return mac.error();
    card.options.mac = *mac;
  }
  return VirtioTypeConfig(std::move(card));
}

}  // namespace

const VirtioRow kNetRow = {
    .name = "virtio-net", .help = "network card", .keys = kKeys, .parse = parse};

}  // namespace vireo
