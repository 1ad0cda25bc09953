// Where functions sit on the PCI buses: bus=, addr= and multifunction= of a -device.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "machine/base/result.h"
#include "machine/board/pci_bridges.h"
#include "machine/board/virtio_device_config.h"
#include "pci/root_bus.h"

namespace vireo {

class PciPlacing {
 public:
  struct Request {
    PciFunction* function;
    const PciPlace* place;
  };

  // `root` (pcie.0) must outlive this.
  explicit PciPlacing(PciRootBus& root) : bridges_(root) {}

  // Makes the machine's bridges; comes before all else.
  Result<void> create_bridges(std::span<const PciBridgeConfig> configs);
  const PciBridges& bridges() const { return bridges_; }

  // Whether a function at this place sits behind a PCI Express port (which decides the
  // defaults of its interfaces). Fails when there is no such bus.
  Result<bool> behind_express_port(const PciPlace& place) const;

  // Puts bridges and functions on their buses: on each bus those with a slot first, the others
  // in their order at the free slots, bridges before functions. They stay there for as long as
  // they and the bus live. Fails, naming the function, when a place is taken, does not exist
  // or cannot be seen by a guest.
  Result<void> attach(std::span<const Request> requests);

  // The same for one function at run time, with all that tells the guest of it. Fails where
  // the bus takes nothing at run time. Of several functions for one slot function 0 comes
  // last: it makes the card.
  Result<void> plug(PciFunction& function, const PciPlace& place);
  // Asks the guest to let go of the card, with all functions of its slot. For each of them
  // the gone callback comes when it has left its bus, perhaps in the middle of an
  // instruction; the function is destroyed later.
  Result<void> unplug(PciFunction& function, const PciPlace& place);
  void set_gone_callback(std::function<void(PciFunction&)> gone) { gone_ = std::move(gone); }

 private:
  Result<void> attach_to(PciBus& bus, std::span<const Request> requests);
  Result<ExpressRootPort*> hotplug_port(const PciPlace& place) const;
  void release(ExpressRootPort& port);

  PciBridges bridges_;
  std::function<void(PciFunction&)> gone_;
};

}  // namespace vireo
