// The virtio-blk configuration space and the checks on what a user chose for it (VirtIO
// 1.4 sections 5.2.4 and 5.2.5).
#pragma once

#include <cstdint>

#include "machine/base/block_backend.h"
#include "machine/base/result.h"
#include "virtio/blk/blk_options.h"
#include "virtio/blk/blk_protocol.h"

namespace vireo {

// An Error names the property and the values it takes.
Result<void> check_blk_options(const VirtioBlkOptions& options, const BlockBackend& backend);

// Everything but writeback, which the driver may change. Fields whose feature is not in
// `features` (those offered) are zero.
virtio_blk::Config blk_config(const VirtioBlkOptions& options, uint64_t capacity_bytes,
                              uint64_t features);

}  // namespace vireo
