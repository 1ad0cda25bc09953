// Joins TCP segments of one flow that wait together into one large segment, for drivers
// that take such (GUEST_TSO4, GUEST_TSO6): the guest then works per 64 KiB, not per packet.
#pragma once

#include <cstddef>
#include <vector>

#include "machine/base/net_backend.h"

namespace vireo {

// A frame that waits for the driver's buffers.
struct WaitingFrame {
  std::vector<std::byte> bytes;
  FrameOffload offload;

  NetFrame frame() const { return {bytes, offload}; }
};

// Appends the payload of `next` to `first` when cutting the result at segment_size gives
// back both: the same headers but for lengths and sums, the next sequence number, only ACK
// and PSH set, good checksums. The result needs its checksum completed. False, with
// `first` as good as before, when they do not fit.
bool coalesce_tcp(WaitingFrame& first, const NetFrame& next);

}  // namespace vireo
