// Walks a split ring's descriptor table from a head, through an indirect table if there
// is one, into a checked chain (VirtIO 1.4 section 2.7.5).
#pragma once

#include <cstdint>
#include <vector>

#include "machine/base/guest_memory.h"
#include "machine/base/result.h"
#include "virtio/queue/virtqueue.h"
#include "virtio/watch.h"

namespace vireo {

// Beyond what DescriptorChain checks, an Error is given for:
//  - a head or next index outside its table;
//  - more descriptors than the table holds: a loop;
//  - INDIRECT without negotiation, inside an indirect table, or together with NEXT;
//  - an indirect table whose length is zero, no multiple of 16, or over the limit;
//  - a descriptor that is not in RAM.
// Each descriptor is read exactly once, and noted in `seen` if that is not null.
Result<DescriptorChain> walk_split_chain(const GuestMemory& memory, const QueueLayout& layout,
                                         const RingFeatures& features, uint16_t head,
                                         std::vector<WatchedDescriptor>* seen = nullptr);

}  // namespace vireo
