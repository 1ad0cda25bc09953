#include "machine/board/pci_bridges.h"

#include <fmt/format.h>

#include <algorithm>

namespace vireo {

const PciBridges::Entry* PciBridges::find(const std::string& id) const {
  const auto at = std::find_if(entries_.begin(), entries_.end(),
                               [&](const Entry& entry) { return entry.config.id == id; });
  return at == entries_.end() ? nullptr : &*at;
}

Result<PciBus*> PciBridges::bus(const std::string& name) const {
  if (is_root(name)) return static_cast<PciBus*>(&root_);
  if (const Entry* entry = find(name)) return static_cast<PciBus*>(entry->bridge->secondary_bus());
  std::string names = "pcie.0";
  for (const Entry& entry : entries_) names += ", " + entry.config.id;
  return Error{fmt::format("bus={}: there is no such bus; those before it are {}", name, names)};
}

// Which link or bus a bridge's upper side fits.
Result<void> PciBridges::check_bus(const PciBridgeConfig& config) const {
  const auto bus = this->bus(config.place.bus);
  if (!bus) return bus.error();
  const bool root = is_root(config.place.bus);
  const bool link = (*bus)->express_link();
  switch (config.kind) {
    case PciBridgeKind::kRootPort:
      if (root) return {};
      return Error{fmt::format("bus={}: a root port sits on pcie.0 only", config.place.bus)};
    case PciBridgeKind::kExpressToConventional:
      if (root || link) return {};
      return Error{fmt::format("bus={} is conventional; use pci-bridge there", config.place.bus)};
    case PciBridgeKind::kConventional:
      if (!link) return {};
      return Error{
          fmt::format("bus={} is an express port; use pcie-pci-bridge there", config.place.bus)};
  }
  return {};
}

Result<SlotDescription> PciBridges::slot_of(const PciBridgeConfig& config) const {
  const auto ports = std::count_if(entries_.begin(), entries_.end(),
                                   [](const Entry& entry) { return entry.port != nullptr; });
  const int number = config.slot >= 0 ? config.slot : static_cast<int>(ports);
  for (const Entry& entry : entries_) {
    if (entry.port == nullptr || entry.port->slot_number() != number) continue;
    return Error{fmt::format("slot {} is that of '{}'; give each port another slot=", number,
                             entry.config.id)};
  }
  return SlotDescription{static_cast<uint16_t>(number), config.hotplug};
}

Result<void> PciBridges::add(const PciBridgeConfig& config) {
  if (auto good = check_bus(config); !good) return good;
  const std::string name = fmt::format("{}-{}", config.model, config.id);
  Entry entry{config, nullptr, nullptr};
  if (config.kind == PciBridgeKind::kConventional) {
    entry.bridge = std::make_unique<ConventionalBridge>(name);
  } else if (config.kind == PciBridgeKind::kExpressToConventional) {
    entry.bridge = std::make_unique<ExpressToConventionalBridge>(name);
  } else {
    const auto slot = slot_of(config);
    if (!slot) return slot.error();
    auto port = std::make_unique<ExpressRootPort>(name, ExpressPortOptions{config.port, *slot});
    entry.port = port.get();
    entry.bridge = std::move(port);
  }
  if (!(config.reservation == BridgeReservation{})) {
    entry.bridge->add_reservation(config.reservation);
  }
  entries_.push_back(std::move(entry));
  return {};
}

Result<void> PciBridges::create(std::span<const PciBridgeConfig> configs) {
  for (const PciBridgeConfig& config : configs) {
    auto added = add(config);
    if (added) continue;
    return Error{
        fmt::format("-device {},id={}: {}", config.model, config.id, added.error().message)};
  }
  return {};
}

}  // namespace vireo
