#include "machine/control/net/connect_nets.h"

#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "machine/base/nearest_name.h"

namespace vireo {
namespace {

// A card without a network stays, without a cable.
void join_halves(Draft& draft) {
  NetHalves& halves = draft.net;
  for (size_t i = 0; i < halves.networks.size(); ++i) {
    NetdevSpec& network = halves.networks[i];
    if (network.id.empty()) network.id = fmt::format("net {}", i);
    if (i < halves.cards.size()) std::get<NetConfig>(halves.cards[i].type).netdev = network.id;
    draft.config.netdevs.push_back(std::move(network));
  }
  for (VirtioDeviceConfig& card : halves.cards) {
    draft.config.virtio_devices.push_back(std::move(card));
  }
  halves = {};
}

// QEMU's: the last byte counts the cards up, whether or not theirs was chosen.
void number_cards(Draft& draft) {
  uint8_t number = 0;
  for (VirtioDeviceConfig& device : draft.config.virtio_devices) {
    auto* card = std::get_if<NetConfig>(&device.type);
    if (card == nullptr) continue;
    if (!card->mac_chosen) card->options.mac[5] = static_cast<uint8_t>(0x56 + number);
    ++number;
  }
}

Error unknown_net(const Draft& draft, const std::string& who, const std::string& wanted) {
  std::vector<std::string_view> ids;
  for (const NetdevSpec& spec : draft.config.netdevs) ids.push_back(spec.id);
  if (ids.empty()) {
    return Error{
        fmt::format("{}: there is no network '{}'; give -netdev user,id={}", who, wanted, wanted)};
  }
  return Error{fmt::format("{}: there is no network '{}'; the nearest is '{}'", who, wanted,
                           nearest_name(wanted, ids))};
}

Result<std::set<std::string>> collect_ids(const Draft& draft) {
  std::set<std::string> ids;
  for (const NetdevSpec& spec : draft.config.netdevs) {
    if (ids.insert(spec.id).second) continue;
    return Error{fmt::format("-netdev: id={} is given twice; choose another", spec.id)};
  }
  return ids;
}

}  // namespace

Result<void> connect_nets(Draft& draft) {
  join_halves(draft);
  number_cards(draft);
  const auto ids = collect_ids(draft);
  if (!ids) return ids.error();
  std::set<std::string> used;
  for (const VirtioDeviceConfig& device : draft.config.virtio_devices) {
    const auto* card = std::get_if<NetConfig>(&device.type);
    if (card == nullptr || card->netdev.empty()) continue;
    const std::string who = "-device " + device.model;
    if (ids->count(card->netdev) == 0) return unknown_net(draft, who, card->netdev);
    if (!used.insert(card->netdev).second) {
      return Error{fmt::format("{}: network '{}' has a card already; give it one of its own", who,
                               card->netdev)};
    }
  }
  for (const NetDumpConfig& dump : draft.config.net_dumps) {
    if (ids->count(dump.netdev) == 0) return unknown_net(draft, "-object filter-dump", dump.netdev);
  }
  for (const std::string& id : *ids) {
    if (used.count(id) != 0) continue;
    draft.notes.push_back(fmt::format(
        "network '{0}' has no card and is not opened; add -device virtio-net-pci,netdev={0}", id));
  }
  return {};
}

}  // namespace vireo
