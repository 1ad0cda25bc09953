// Adding and removing devices while the machine runs: device_add and device_del.
#pragma once

#include <string>

#include "machine/base/result.h"
#include "machine/board/virtio_device_config.h"

namespace vireo {

// Called between instructions only, at a virtual time that the caller answers for. Errors are
// for the user and change nothing.
class HotPlug {
 public:
  virtual ~HotPlug() = default;
  // Makes the device and tells the guest that it is there. Its bus must take devices at run
  // time; `config.id` is needed, so that it can be removed again.
  virtual Result<void> plug(const VirtioDeviceConfig& config) = 0;
  // Asks the guest to let go of the device; it is gone when the guest has switched its slot
  // off, which may be much later or never.
  virtual Result<void> unplug(const std::string& id) = 0;
};

}  // namespace vireo
