#include "machine/board/pci_placing.h"

#include <fmt/format.h>

#include <algorithm>

namespace vireo {
namespace {

constexpr unsigned kFirstFreeRootSlot = 2;  // slot 1 is left for a display

// A guest looks at functions 1 to 7 of a slot only where function 0 is there and its header
// says that there are more (PCI 3.0 section 6.2.1).
Result<void> check_function(const PciPlacing::Request& request,
                            std::span<const PciPlacing::Request> all) {
  const PciSlot slot = *request.place->slot;
  if (slot.function == 0) return {};
  const bool visible = std::any_of(all.begin(), all.end(), [&](const PciPlacing::Request& other) {
    return other.place->slot == PciSlot{slot.device, 0} && other.place->multifunction;
  });
  if (visible) return {};
  return Error{
      fmt::format("{}: addr={:x}.{} is seen only beside a function 0; give the device at "
                  "addr={:x}.0 multifunction=on",
                  request.function->name(), slot.device, slot.function, slot.device)};
}

Result<void> attach_free(PciBus& bus, PciFunction& function) {
  const auto slot = bus.free_device(bus.depth() == 1 ? kFirstFreeRootSlot : 0);
  if (slot) return bus.attach(function, *slot);
  if (bus.express_link()) {
    return Error{
        fmt::format("{}: the port's one slot is taken; give the device a pcie-root-port "
                    "of its own, or addr=0.1 and more with multifunction=on",
                    function.name())};
  }
  return Error{
      fmt::format("{}: its PCI bus has no free slot for another device; put several on "
                  "one slot with addr=SLOT.FUNCTION and multifunction=on, or behind a "
                  "-device pci-bridge",
                  function.name())};
}

// Requests for the bus of this name (pci.0 and none are pcie.0).
std::vector<PciPlacing::Request> for_bus(const std::string& name,
                                         std::span<const PciPlacing::Request> all) {
  std::vector<PciPlacing::Request> here;
  std::copy_if(all.begin(), all.end(), std::back_inserter(here),
               [&](const PciPlacing::Request& request) {
                 const std::string& bus = request.place->bus;
                 return bus == name || (PciBridges::is_root(bus) && PciBridges::is_root(name));
               });
  return here;
}

}  // namespace

Result<void> PciPlacing::create_bridges(std::span<const PciBridgeConfig> configs) {
  if (auto created = bridges_.create(configs); !created) return created;
  for (const PciBridges::Entry& entry : bridges_.all()) {
    if (entry.port == nullptr) continue;
    entry.port->set_released_callback([this, port = entry.port] { release(*port); });
  }
  return {};
}

Result<bool> PciPlacing::behind_express_port(const PciPlace& place) const {
  const auto bus = bridges_.bus(place.bus);
  if (!bus) return bus.error();
  return (*bus)->express_link();
}

Result<void> PciPlacing::attach(std::span<const Request> functions) {
  std::vector<Request> all;
  for (const PciBridges::Entry& entry : bridges_.all()) {
    if (entry.bridge->attached()) continue;  // by an earlier call
    all.push_back({entry.bridge.get(), &entry.config.place});
  }
  all.insert(all.end(), functions.begin(), functions.end());
  std::vector<std::string> names{"pcie.0"};
  for (const PciBridges::Entry& entry : bridges_.all()) names.push_back(entry.config.id);
  for (const std::string& name : names) {
    const auto bus = bridges_.bus(name);
    if (auto put = attach_to(**bus, for_bus(name, all)); !put) return put;
  }
  return {};
}

Result<void> PciPlacing::attach_to(PciBus& bus, std::span<const Request> requests) {
  for (const Request& request : requests) {
    if (!request.place->slot) continue;
    if (auto seen = check_function(request, requests); !seen) return seen;
    const PciSlot slot = *request.place->slot;
    if (auto put = bus.attach(*request.function, slot.device, slot.function); !put) return put;
  }
  for (const Request& request : requests) {
    if (request.place->slot) continue;
    if (auto put = attach_free(bus, *request.function); !put) return put;
  }
  return {};
}

// Slots of the root bus and of conventional bridges are soldered: nothing there could tell
// the guest of a change.
Result<ExpressRootPort*> PciPlacing::hotplug_port(const PciPlace& place) const {
  if (const auto bus = bridges_.bus(place.bus); !bus) return bus.error();
  const PciBridges::Entry* entry = bridges_.find(place.bus);
  if (entry != nullptr && entry->port != nullptr && entry->port->hotplug()) return entry->port;
  return Error{fmt::format(
      "bus {} does not change while the machine runs; use the bus of a -device pcie-root-port",
      entry == nullptr ? "pcie.0" : place.bus)};
}

Result<void> PciPlacing::plug(PciFunction& function, const PciPlace& place) {
  const auto port = hotplug_port(place);
  if (!port) return port.error();
  PciBus& bus = *(*port)->secondary_bus();
  const PciSlot slot = place.slot.value_or(PciSlot{});
  if (bus.function(0, 0) != nullptr) {
    return Error{fmt::format("bus {} has a card already; device_del it first", place.bus)};
  }
  return bus.attach(function, slot.device, slot.function);
}

Result<void> PciPlacing::unplug(PciFunction& function, const PciPlace& place) {
  const auto port = hotplug_port(place);
  if (!port) return port.error();
  if ((*port)->removal_requested()) {
    return Error{
        fmt::format("{} is being removed already; the guest has not let go yet", function.name())};
  }
  (*port)->request_removal();
  return {};
}

// Function 0 goes first: without it the slot is empty.
void PciPlacing::release(ExpressRootPort& port) {
  PciBus& bus = *port.secondary_bus();
  for (unsigned number = 0; number < kPciFunctions; ++number) {
    PciFunction* function = bus.function(0, number);
    if (function == nullptr) continue;
    bus.detach(*function);
    if (gone_) gone_(*function);
  }
}

}  // namespace vireo
