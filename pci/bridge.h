// A PCI-to-PCI bridge: header type 1, bus numbers, address windows and the bus
// behind it (PCI-to-PCI Bridge Architecture 1.2 chapter 3).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pci/function.h"
#include "pci/secondary_bus.h"

namespace vireo {

// Address space and bus numbers that firmware is to keep for cards which come later; all ones: as
// much as what is there needs. At most one of the prefetchable sizes is given.
struct BridgeReservation {
  uint32_t buses = UINT32_MAX;
  uint64_t io = UINT64_MAX;
  uint32_t memory = UINT32_MAX;
  uint32_t prefetchable32 = UINT32_MAX;  // below 4 GiB
  uint64_t prefetchable64 = UINT64_MAX;  // anywhere
  bool operator==(const BridgeReservation&) const = default;
};

// Memory and prefetchable windows forward in steps of 1 MiB, the latter with 64-bit
// addresses; I/O in steps of 4 KiB with 16-bit addresses. Ports and conventional
// bridges derive from it. While the secondary bus is in reset or its link down,
// nothing behind answers or sends, and all of it is in its reset state.
class PciBridge : public PciFunction {
 public:
  PciBridge(std::string name, const PciIdentity& identity, bool express_link,
            unsigned config_size = kPciConventionalConfig);

  // While it is built: tells firmware of a reservation, by QEMU's vendor capability
  // (docs/pcie_pci_bridge.txt, "resource reserve").
  void add_reservation(const BridgeReservation& reservation);

  PciSecondaryBus* secondary_bus() override { return &secondary_; }
  const PciSecondaryBus* secondary_bus() const override { return &secondary_; }
  bool forwards_config(uint8_t bus) const override;
  bool intx_level(unsigned pin) const override;
  void reset_outputs() override;
  void visit(Archive& archive) override;
  void upstream_changed() override;

  // --- for the bus behind it ---
  uint8_t secondary_number() const;
  // Whether the bus behind is out of reset and its link is up.
  bool forwarding() const;
  // The pieces of `range` that lie in open windows.
  std::vector<PciRange> forwarded(PciSpace space, PciRange range) const;
  // The devices' pins that arrive at this pin of the bridge changed.
  void pin_changed(unsigned pin);
  // Functions came or went.
  virtual void occupancy_changed() {}

 protected:
  // Express ports: whether a device is there and has power.
  virtual bool link_up() const { return true; }
  // To be called when link_up() may have changed: resets what is behind a link
  // that went down, and maps anew.
  void link_changed();

  void after_config_write(unsigned offset, unsigned size) override;

 private:
  std::vector<PciRange> windows(PciSpace space) const;
  void define_registers();
  void apply();

  PciSecondaryBus secondary_;
  bool was_forwarding_ = true;
};

// A bridge from a conventional bus to another ("pci-bridge").
class ConventionalBridge final : public PciBridge {
 public:
  explicit ConventionalBridge(std::string name);
};

}  // namespace vireo
