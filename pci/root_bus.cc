#include "pci/root_bus.h"

namespace vireo {

void PciRootBus::intx_changed(unsigned device, unsigned pin) {
  if (router_ != nullptr) router_->set_intx(device, pin, intx_level(device, pin));
}

// Nine bits for each bus on the way, 0 being the bridge itself (secondary_bus.cc).
uint64_t PciRootBus::decode_order(uint8_t devfn) const { return (uint64_t{devfn} + 1) << 55; }

}  // namespace vireo
