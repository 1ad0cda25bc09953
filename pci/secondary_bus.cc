#include "pci/secondary_bus.h"

#include <cassert>

#include "pci/bridge.h"

namespace vireo {

uint8_t PciSecondaryBus::number() const { return bridge_.secondary_number(); }

unsigned PciSecondaryBus::depth() const {
  return bridge_.upstream() != nullptr ? bridge_.upstream()->depth() + 1 : 1;
}

bool PciSecondaryBus::intx_at_bridge(unsigned pin) const {
  for (unsigned device = 0; device < devices(); ++device) {
    if (intx_level(device, (pin + 4 - device % 4) % 4)) return true;
  }
  return false;
}

void PciSecondaryBus::intx_changed(unsigned device, unsigned pin) {
  bridge_.pin_changed((pin + device) % 4);
}

void PciSecondaryBus::send_msi(uint8_t /*devfn*/, MsiMessage message) {
  if (PciUpstream* up = bridge_.upstream()) up->send_msi(bridge_.devfn(), message);
}

std::vector<PciRange> PciSecondaryBus::reached(PciSpace space, PciRange range) const {
  std::vector<PciRange> all;
  const PciUpstream* up = bridge_.upstream();
  if (up == nullptr) return all;
  for (const PciRange& piece : bridge_.forwarded(space, range)) {
    for (const PciRange& through : up->reached(space, piece)) all.push_back(through);
  }
  return all;
}

// Only functions whose windows are reached ask for it, so the bridge is attached.
IoSpace& PciSecondaryBus::space(PciSpace space) {
  assert(bridge_.upstream() != nullptr);
  return bridge_.upstream()->space(space);
}

uint64_t PciSecondaryBus::decode_order(uint8_t devfn) const {
  const PciUpstream* up = bridge_.upstream();
  const uint64_t above = up != nullptr ? up->decode_order(bridge_.devfn()) : 0;
  const unsigned level = depth() - 1;
  return above | (uint64_t{devfn} + 1) << (55 - 9 * level);
}

bool PciSecondaryBus::forwards_dma() const { return bridge_.forwarding() && bridge_.bus_master(); }

void PciSecondaryBus::reset_functions() {
  for_each([](PciFunction& function) { function.reset(); });
  for_each([](PciFunction& function) { function.reset_outputs(); });
}

void PciSecondaryBus::forwarding_changed() {
  for_each_here([](PciFunction& function) { function.upstream_changed(); });
}

void PciSecondaryBus::occupancy_changed() { bridge_.occupancy_changed(); }

}  // namespace vireo
