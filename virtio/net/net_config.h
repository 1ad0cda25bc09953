// What a virtio-net device offers, and the checks on what a user chose for it (VirtIO 1.4
// sections 5.1.3 and 5.1.4).
#pragma once

#include <cstdint>

#include "machine/base/result.h"
#include "virtio/net/net_options.h"

namespace vireo {

// An Error names the property and the values it takes.
Result<void> check_net_options(const VirtioNetOptions& options);

// The device's feature bits, dependencies between them observed.
uint64_t net_features(const VirtioNetOptions& options);

// Bytes of configuration: up to the last field that one of the features needs.
uint32_t net_config_bytes(const VirtioNetOptions& options);

}  // namespace vireo
