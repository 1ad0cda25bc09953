// A PCI bus: 32 devices of 8 functions, their places and configuration cycles
// (PCI 3.0 sections 3.2.2.3 and 6.1; PCI-to-PCI Bridge 1.2 section 3.1).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include "machine/base/result.h"
#include "pci/address.h"
#include "pci/function.h"
#include "pci/upstream.h"

namespace vireo {

// How many buses may hang below each other, the root bus included.
inline constexpr unsigned kPciMaxDepth = 6;

// The root bus (root_bus.h) or the bus behind a bridge (secondary_bus.h). It keeps
// no state of its own: everything a snapshot needs is in the functions. Functions
// are not owned; one that goes away while the bus lives must be detached first.
class PciBus : public PciUpstream {
 public:
  PciBus() = default;
  PciBus(const PciBus&) = delete;
  PciBus& operator=(const PciBus&) = delete;

  // Fails, naming both functions, when the place is taken or does not exist, or a
  // bridge would make the tree deeper than kPciMaxDepth (so bridges are attached from
  // the root down).
  Result<void> attach(PciFunction& function, unsigned device, unsigned number = 0);
  void detach(PciFunction& function);
  // The lowest device number from `first` on with no function at all.
  std::optional<unsigned> free_device(unsigned first = 0) const;
  PciFunction* function(unsigned device, unsigned number) const;
  // In order of device and function number, what is behind a bridge right after it.
  void for_each(const std::function<void(PciFunction&)>& visit) const;
  // The same without what is behind bridges.
  void for_each_here(const std::function<void(PciFunction&)>& visit) const;

  // How many devices the bus can hold: 32, or 1 for an express link.
  virtual unsigned devices() const { return kPciDevices; }
  // Whether functions here are PCI Express endpoints behind a port.
  virtual bool express_link() const { return false; }
  // The number by which configuration cycles address it at present.
  virtual uint8_t number() const = 0;

  // Configuration cycles of 1, 2 or 4 bytes, coming down to this bus; they go on
  // through the first bridge whose range of bus numbers has the address. An absent
  // bus, device or function reads as all ones and drops writes, without any error flag.
  uint32_t config_read(PciAddress address, unsigned offset, unsigned size);
  void config_write(PciAddress address, unsigned offset, unsigned size, uint32_t value);

 protected:
  // Which functions are there changed.
  virtual void occupancy_changed() {}
  // The wired-OR of all functions of a device.
  bool intx_level(unsigned device, unsigned pin) const;

 private:
  PciFunction* find(PciAddress address) const;
  Result<void> check_place(const PciFunction& added, unsigned device, unsigned number) const;
  void update_multifunction(unsigned device);

  std::array<std::array<PciFunction*, kPciFunctions>, kPciDevices> functions_{};
};

}  // namespace vireo
