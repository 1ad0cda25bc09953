// Gives the ports of -device virtconsole and virtserialport to their virtio-serial devices.
#pragma once

#include "machine/base/result.h"
#include "machine/control/draft.h"

namespace vireo {

// In command-line order: each port goes to the device that its bus= names, or to the first
// one; a console without a number becomes port 0 if that is free, every other port without
// one gets the next free number. Errors name the option.
Result<void> connect_console_ports(Draft& draft);

}  // namespace vireo
