// Between the header in front of a driver's packets and what it means (VirtIO 1.4 sections
// 5.1.9.2 and 5.1.9.4).
#pragma once

#include <cstdint>
#include <optional>

#include "machine/base/net_backend.h"
#include "virtio/net/net_protocol.h"

namespace vireo {

// What a driver asks for with a frame of `frame_bytes`. Unknown flags are ignored. Nothing
// for what cannot be done: an unknown kind of segmentation, segments of size 0, a checksum
// outside the frame.
std::optional<FrameOffload> offload_of(const virtio_net::Header& header, uint64_t frame_bytes);

// The header for a frame to the driver, in `buffers` of its buffers. The offload holds
// nothing that the driver did not agree to.
virtio_net::Header header_of(const FrameOffload& offload, uint16_t buffers);

}  // namespace vireo
