// Identifiers and classes of virtio PCI functions by device type (VirtIO 1.4 section 4.1.2).
#pragma once

#include <cstdint>
#include <optional>

#include "pci/function.h"

namespace vireo {

// The transitional device id of a type, if it ever had a legacy form. These follow no
// rule: 0x1000 to 0x1009 are not in the order of the type ids (section 4.1.2.1).
std::optional<uint16_t> transitional_device_id(uint16_t type);

// Identity of a function with a legacy interface: revision 0, subsystem id = type.
// The type must have a transitional id.
PciIdentity transitional_identity(uint16_t type);
// Identity of a modern-only function: device id 0x1040 + type, revision 1.
PciIdentity modern_identity(uint16_t type);

}  // namespace vireo
