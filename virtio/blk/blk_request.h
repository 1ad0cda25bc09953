// One virtio-blk request from chain to status byte (VirtIO 1.4 section 5.2.6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "machine/base/block_backend.h"
#include "machine/base/guest_memory.h"
#include "virtio/blk/blk_protocol.h"
#include "virtio/queue/chain_io.h"

namespace vireo {

// What a disk has done so far.
struct BlkCounters {
  uint64_t reads = 0, read_bytes = 0;
  uint64_t writes = 0, written_bytes = 0;
  uint64_t flushes = 0;
  uint64_t errors = 0;  // requests answered with IOERR
};

// What requests run against; the same for all requests of one batch.
struct BlkContext {
  BlockBackend& backend;
  GuestMemory& memory;
  std::span<std::byte> bounce;  // a multiple of 512 bytes
  std::string_view serial;
  uint64_t features = 0;  // in force
  bool legacy = false;    // the legacy interface's request types are understood
  bool writeback = true;  // off: a write is on stable storage when it completes
  BlkCounters& counters;
};

struct BlkOutcome {
  uint32_t written = 0;  // bytes written to the chain, for the used ring
  uint64_t work = 0;     // bytes moved or zeroed, for the event's budget
};

// Runs a request to its end. Guest memory is written only within the chain; the backend
// only if the whole request is valid.
BlkOutcome run_blk_request(const BlkContext& context, const DescriptorChain& chain);

}  // namespace vireo
