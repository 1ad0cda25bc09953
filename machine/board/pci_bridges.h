// The bridges and ports of the machine, and the buses behind them by name.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "machine/base/result.h"
#include "machine/board/pci_bridge_config.h"
#include "pci/express_port.h"
#include "pci/root_bus.h"

namespace vireo {

class PciBridges {
 public:
  struct Entry {
    PciBridgeConfig config;
    std::unique_ptr<PciBridge> bridge;
    ExpressRootPort* port;  // null for other bridges
  };

  // `root` (pcie.0) must outlive this.
  explicit PciBridges(PciRootBus& root) : root_(root) {}

  // Makes the bridges, not yet on their buses. Fails, naming the bridge, for a bus that there
  // is not or on which its kind cannot sit, and for slot numbers given twice.
  Result<void> create(std::span<const PciBridgeConfig> configs);

  // In command-line order, so a bridge comes after the one on whose bus it sits.
  const std::vector<Entry>& all() const { return entries_; }
  // The bridge of this id, or null.
  const Entry* find(const std::string& id) const;

  static bool is_root(const std::string& bus) {
    return bus.empty() || bus == "pcie.0" || bus == "pci.0";
  }
  // The bus of this name. Fails with the names that there are.
  Result<PciBus*> bus(const std::string& name) const;

 private:
  Result<void> check_bus(const PciBridgeConfig& config) const;
  Result<SlotDescription> slot_of(const PciBridgeConfig& config) const;
  Result<void> add(const PciBridgeConfig& config);

  PciRootBus& root_;
  std::vector<Entry> entries_;
};

}  // namespace vireo
