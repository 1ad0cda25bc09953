// Where functions sit on the PCI buses: bus=, addr= and multifunction= of a -device.
#pragma once

#include <functional>
#include <span>

#include "machine/base/result.h"
#include "machine/board/virtio_device_config.h"
#include "pci/bus.h"

namespace vireo {

class PciPlacing {
 public:
  struct Request {
    PciFunction* function;
    const PciPlace* place;
  };

  // `root` (pcie.0) must outlive this.
  explicit PciPlacing(PciBus& root) : root_(root) {}

  // Whether a function at this place sits behind a PCI Express port (which decides the
  // defaults of its interfaces). Fails when there is no such bus.
  Result<bool> behind_express_port(const PciPlace& place) const;

  // Puts the functions on their buses: those with a slot first, the others in their order at
  // the free slots. Functions stay there for as long as they and the bus live. Fails, naming
  // the function, when a place is taken, does not exist or cannot be seen by a guest.
  Result<void> attach(std::span<const Request> requests);

  // The same for one function at run time, with all that tells the guest of it. Fails where
  // the bus takes nothing at run time.
  Result<void> plug(PciFunction& function, const PciPlace& place);
  // Asks the guest to let go. `gone` is called once, after the function has left its bus,
  // perhaps in the middle of an instruction; the caller destroys the function later.
  Result<void> unplug(PciFunction& function, const PciPlace& place, std::function<void()> gone);

 private:
  Result<void> attach_free(PciFunction& function);

  PciBus& root_;
};

}  // namespace vireo
