// What an input device tells of itself (VirtIO 1.4 section 5.8.4).
#pragma once

#include "virtio/input/input_options.h"
#include "virtio/input/input_protocol.h"

namespace vireo {

// The configuration while the driver asks for this; what there is not has size 0.
virtio_input::Config input_config(const VirtioInputOptions& options, virtio_input::Select select,
                                  uint8_t subsel);

}  // namespace vireo
