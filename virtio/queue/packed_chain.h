// Walks a packed ring from the next available descriptor, through a list or an indirect
// table, into a checked chain (VirtIO 1.4 sections 2.8.5 to 2.8.8).
#pragma once

#include <cstdint>
#include <vector>

#include "machine/base/guest_memory.h"
#include "machine/base/result.h"
#include "virtio/queue/descriptor_flags.h"
#include "virtio/queue/virtqueue.h"
#include "virtio/watch.h"

namespace vireo {

// As it lies in the ring and in indirect tables; little-endian.
struct PackedDescriptor {
  uint64_t addr;
  uint32_t length;
  uint16_t id;
  uint16_t flags;
};
static_assert(sizeof(PackedDescriptor) == 16);

struct PackedChain {
  DescriptorChain chain;
  uint16_t slots = 1;  // descriptors of the ring that it takes up
};

// `first` is the descriptor at `index`, already found available. Beyond what
// DescriptorChain checks, an Error is given for:
//  - a list of more than `room` descriptors, as one without end is;
//  - INDIRECT without negotiation or as part of a list;
//  - an indirect table whose length is zero, no multiple of 16, or over the limit;
//  - a descriptor that is not in RAM.
// Of the descriptors in an indirect table only address, length and WRITE count (2.8.7).
// Each descriptor is read exactly once, and noted in `seen` if that is not null.
Result<PackedChain> walk_packed_chain(const GuestMemory& memory, const QueueLayout& layout,
                                      const RingFeatures& features, uint16_t index,
                                      const PackedDescriptor& first, uint32_t room,
                                      std::vector<WatchedDescriptor>* seen = nullptr);

}  // namespace vireo
