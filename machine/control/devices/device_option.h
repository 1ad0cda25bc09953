// The text of a -device or of the monitor's device_add, made into a device's description.
#pragma once

#include <string_view>

#include "machine/base/result.h"
#include "machine/board/virtio_device_config.h"

namespace vireo {

// "virtio-blk-pci,drive=d,id=disk": a device that can come while the machine runs. `verb`
// ("device_add") and the name begin every error.
Result<VirtioDeviceConfig> parse_virtio_device(std::string_view verb, std::string_view text);

}  // namespace vireo
