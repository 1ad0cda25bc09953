#include "pci/bus_scan.h"

#include <optional>

#include "pci/config_registers.h"
#include "pci/express_capability.h"

namespace vireo {

namespace {

using namespace pci_reg;

constexpr unsigned kBridgeBars = 2;
constexpr uint32_t kSlotHotplug = 1u << 6;

// Writes all ones, reads back, restores; decode is off meanwhile.
uint32_t probe(PciBus& root, PciAddress at, unsigned offset) {
  const uint32_t old = root.config_read(at, offset, 4);
  root.config_write(at, offset, 4, 0xffffffff);
  const uint32_t mask = root.config_read(at, offset, 4);
  root.config_write(at, offset, 4, old);
  return mask;
}

// Memory BARs get pages of their own, so that a guest can protect them one by one.
constexpr uint64_t kMemoryAlignment = 4096;

std::optional<RoomDemand> size_bar(PciBus& root, PciAddress at, unsigned index) {
  RoomDemand demand{.at = at, .index = index};
  const unsigned offset = kBar0 + 4 * index;
  const uint32_t low = probe(root, at, offset);
  if (low == 0) return std::nullopt;
  if ((low & 1) != 0) {
    demand.kind = WindowKind::kIo;
    demand.size = demand.alignment = (~(low & ~3u) & 0xffff) + uint64_t{1};
    return demand;
  }
  demand.wide = (low >> 1 & 3) == 2;
  const uint64_t high = demand.wide ? probe(root, at, offset + 4) : 0xffffffff;
  if (demand.wide && (low & 8) != 0) demand.kind = WindowKind::kPrefetchable;
  demand.size = ~(high << 32 | (low & ~0xfu)) + 1;
  demand.alignment = std::max(demand.size, kMemoryAlignment);
  return demand;
}

bool is_bridge(PciBus& root, PciAddress at) {
  return (root.config_read(at, kHeaderType, 1) & kHeaderTypeBits) == 1;
}

// The register's low bit turns it on, and stays off here.
std::optional<RoomDemand> size_rom(PciBus& root, PciAddress at) {
  root.config_write(at, kRomBar, 4, 0xfffff800);
  const uint32_t mask = root.config_read(at, kRomBar, 4);
  root.config_write(at, kRomBar, 4, 0);
  if (mask == 0) return std::nullopt;
  RoomDemand demand{.at = at, .index = kRomIndex};
  demand.size = uint64_t{~mask} + 1;
  demand.alignment = std::max(demand.size, kMemoryAlignment);
  return demand;
}

void find_bars(PciBus& root, PciAddress at, std::vector<RoomDemand>& bars) {
  const uint32_t command = root.config_read(at, kCommand, 2);
  root.config_write(at, kCommand, 2, command & ~uint32_t{kCommandIo | kCommandMemory});
  const unsigned count = is_bridge(root, at) ? kBridgeBars : kPciBars;
  for (unsigned index = 0; index < count; ++index) {
    const auto bar = size_bar(root, at, index);
    if (!bar) continue;
    bars.push_back(*bar);
    if (bar->wide) ++index;
  }
  if (is_bridge(root, at)) return;
  if (const auto rom = size_rom(root, at)) bars.push_back(*rom);
}

unsigned find_capability(PciBus& root, PciAddress at, uint8_t id) {
  unsigned offset = root.config_read(at, kCapabilityPointer, 1);
  for (unsigned hops = 0; offset >= kFirstCapability && hops < 48; ++hops) {
    if (root.config_read(at, offset, 1) == id) return offset;
    offset = root.config_read(at, offset + 1, 1);
  }
  return 0;
}

bool takes_cards(PciBus& root, PciAddress bridge) {
  const unsigned express = find_capability(root, bridge, kCapabilityExpress);
  if (express == 0) return false;
  return (root.config_read(bridge, express + express_reg::kSlotCapabilities, 4) & kSlotHotplug) !=
         0;
}

class Scanner {
 public:
  explicit Scanner(PciBus& root) : root_(root) {}

  void scan(ScannedBus& bus) {
    for (uint8_t device = 0; device < kPciDevices; ++device) scan_device(bus, device);
    for (const PciAddress at : bus.functions) {
      find_bars(root_, at, bus.bars);
      if (is_bridge(root_, at)) scan_behind(bus, at);
    }
  }

 private:
  void scan_device(ScannedBus& bus, uint8_t device) {
    for (uint8_t function = 0; function < kPciFunctions; ++function) {
      const PciAddress at{bus.number, device, function};
      if (root_.config_read(at, kVendorId, 2) != 0xffff) bus.functions.push_back(at);
      const uint32_t header = root_.config_read({bus.number, device, 0}, kHeaderType, 1);
      if (header == 0xff || (header & kHeaderMultifunction) == 0) break;
    }
  }

  // While the scan is below, the bridge forwards all higher numbers.
  void scan_behind(ScannedBus& bus, PciAddress bridge) {
    if (last_number_ == 0xff) {
      root_.config_write(bridge, kPrimaryBus, 4, 0);
      return;
    }
    auto child = std::make_unique<ScannedBus>();
    child->number = ++last_number_;
    child->bridge = bridge;
    child->hotplug = takes_cards(root_, bridge);
    root_.config_write(bridge, kPrimaryBus, 1, bus.number);
    root_.config_write(bridge, kSecondaryBus, 1, child->number);
    root_.config_write(bridge, kSubordinateBus, 1, 0xff);
    scan(*child);
    root_.config_write(bridge, kSubordinateBus, 1, last_number_);
    bus.children.push_back(std::move(child));
  }

  PciBus& root_;
  uint8_t last_number_ = 0;
};

}  // namespace

ScannedBus scan_buses(PciRootBus& root) {
  ScannedBus scanned;
  Scanner(root).scan(scanned);
  return scanned;
}

RootPin swizzled(const std::vector<PciAddress>& bridges, PciAddress function, unsigned pin) {
  unsigned device = function.device;
  for (auto bridge = bridges.rbegin(); bridge != bridges.rend(); ++bridge) {
    pin = (pin + device) % 4;
    device = bridge->device;
  }
  return {device, pin};
}

}  // namespace vireo
