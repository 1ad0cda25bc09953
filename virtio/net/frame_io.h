// Frames in and out of a driver's buffers: header and data in whatever pieces the driver
// chose (VirtIO 1.4 sections 5.1.9.2 and 5.1.9.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "machine/base/guest_memory.h"
#include "machine/base/net_backend.h"
#include "virtio/net/coalescing.h"
#include "virtio/queue/virtqueue.h"

namespace vireo {

enum class FrameFit : uint8_t {
  kStored,    // in the driver's buffers
  kNoRoom,    // it needs more buffers than wait now; a kick was asked for
  kTooLarge,  // without MRG_RXBUF it must fit one buffer, and it does not
};

// Puts a frame behind its header into the next buffers of a receive queue: one, or with
// MRG_RXBUF among `features` as many as it needs, each but the last filled. Unless stored
// the queue is as before.
FrameFit store_frame(Virtqueue& queue, GuestMemory& memory, const WaitingFrame& frame,
                     uint64_t features);

// Takes frames from transmit chains. Keeps room for the longest frame.
class FrameReader {
 public:
  // A frame and what is to be done with it, or nothing when it is shorter than an
  // Ethernet header, longer than the longest frame, or its header asks for what cannot be
  // done. Valid until the next call.
  struct Taken {
    std::span<std::byte> bytes;
    FrameOffload offload;
  };
  std::optional<Taken> take(const GuestMemory& memory, const DescriptorChain& chain,
                            uint64_t features);

 private:
  std::vector<std::byte> bytes_ = std::vector<std::byte>(kLargestFrame);
};

// Sends a frame so that the backend need not know of offloads that it does not take:
// completed, or cut into segments.
class FrameSender {
 public:
  explicit FrameSender(NetBackend& backend) : backend_(backend) {}

  // How many frames went to the backend; 0: it was dropped.
  size_t send(std::span<std::byte> bytes, const FrameOffload& offload);

 private:
  size_t send_segments(std::span<const std::byte> bytes, const FrameOffload& offload);

  NetBackend& backend_;
  std::vector<std::byte> segment_;
};

}  // namespace vireo
