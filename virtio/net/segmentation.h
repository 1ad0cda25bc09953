// TCP segmentation for drivers that leave it to the device (VirtIO 1.4 section 5.1.9.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "machine/base/net_backend.h"

namespace vireo {

// Cuts one large TCP segment into frames of `offload.segment_size` bytes of payload each,
// whole and checksummed, and gives them to `sink` in order. The headers are found in the
// frame itself: offload.header_length is only a hint. `scratch` is reused between calls.
//
// Returns how many frames there were; 0 when the frame is not what the offload says
// (another protocol, no payload, size 0, a packet that does not fill the frame).
size_t segment_tcp(std::span<const std::byte> frame, const FrameOffload& offload,
                   std::vector<std::byte>& scratch,
                   const std::function<void(std::span<const std::byte>)>& sink);

}  // namespace vireo
