// The bus behind a bridge: what passes through the bridge in both directions
// (PCI-to-PCI Bridge 1.2 chapters 3, 4 and section 9.1).
#pragma once

#include <cstdint>

#include "pci/bus.h"

namespace vireo {

class PciBridge;

// Part of its bridge.
class PciSecondaryBus final : public PciBus {
 public:
  // `express_link`: a link with one device, else a conventional bus.
  PciSecondaryBus(PciBridge& bridge, bool express_link)
      : bridge_(bridge), express_link_(express_link) {}

  unsigned devices() const override { return express_link_ ? 1 : kPciDevices; }
  bool express_link() const override { return express_link_; }
  uint8_t number() const override;
  unsigned depth() const override;

  // The wired-OR of all devices' pins which arrive at the bridge's `pin`: each
  // device's pins are rotated by its number.
  bool intx_at_bridge(unsigned pin) const;
  // Both phases of a reset for everything below.
  void reset_functions();
  // The bridge forwards other addresses now, or does or does not forward DMA.
  void forwarding_changed();

  // PciUpstream.
  void intx_changed(unsigned device, unsigned pin) override;
  void send_msi(uint8_t devfn, MsiMessage message) override;
  std::vector<PciRange> reached(PciSpace space, PciRange range) const override;
  IoSpace& space(PciSpace space) override;
  uint64_t decode_order(uint8_t devfn) const override;
  bool forwards_dma() const override;

 protected:
  void occupancy_changed() override;

 private:
  PciBridge& bridge_;
  bool express_link_;
};

}  // namespace vireo
