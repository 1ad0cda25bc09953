// What a PCI function may ask of the bus on which it sits.
#pragma once

#include <cstdint>

#include "machine/base/msi_message.h"

namespace vireo {

// The root bus implements this; a bridge's secondary bus will too, with its
// windows and the interrupt swizzle between.
class PciUpstream {
 public:
  virtual ~PciUpstream() = default;
  // Some function's interrupt pin on device `device` changed: the bus asks the
  // functions of that device for their levels and tells the router.
  virtual void intx_changed(unsigned device, unsigned pin) = 0;
  // A message-signalled interrupt from `devfn`.
  virtual void send_msi(uint8_t devfn, MsiMessage message) = 0;
  // Some function's decode windows changed: the bus maps all of them anew in
  // order of device, function and register.
  virtual void decode_changed() = 0;
};

}  // namespace vireo
