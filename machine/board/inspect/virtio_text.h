// The state of the virtio devices for a person: `info virtio`.
#pragma once

#include <string>

#include "machine/board/virtio/virtio_devices.h"

namespace vireo {

// Each function with its status, the features that its driver took by name, its queues and the
// vectors they use. `id` chooses one, by its id or its function's name; empty: all.
std::string virtio_text(VirtioDevices& devices, const std::string& id = {});

}  // namespace vireo
