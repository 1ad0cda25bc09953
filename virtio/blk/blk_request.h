// What one virtio-blk request asks for, from chain to status byte (VirtIO 1.4 section 5.2.6).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "machine/base/archive.h"
#include "machine/base/guest_memory.h"
#include "virtio/blk/blk_protocol.h"
#include "virtio/queue/chain_io.h"

namespace vireo {

// What a request is checked against: the disk and what was negotiated.
struct BlkTerms {
  uint64_t disk_bytes = 0;
  bool read_only = false;
  uint64_t features = 0;  // in force
  bool legacy = false;    // the legacy interface's request types are understood
  bool writeback = true;  // off: a write is on stable storage when it completes
};

enum class BlkAction : uint8_t {
  kNone,  // an error, or nothing to do: the status says so
  kRead,
  kWrite,
  kFlush,
  kDiscard,
  kWriteZeroes,
  kGetId,
  kScsi,  // refused, which a legacy driver looks at
};

// A part of the disk, in bytes.
struct BlkRange {
  uint64_t offset = 0;
  uint64_t length = 0;
  bool unmap = false;  // its space may be freed
  bool overlaps(const BlkRange& other) const {
    return offset < other.offset + other.length && other.offset < offset + length;
  }
};

struct BlkRequest {
  DescriptorChain chain;
  bool has_header = false;
  virtio_blk::RequestHeader header{};
  BlkAction action = BlkAction::kNone;
  std::vector<BlkRange> ranges;  // one for reads and writes; all lie within the disk
  bool lasts = false;            // what it changes is on stable storage when it completes
  virtio_blk::RequestStatus status = virtio_blk::RequestStatus::kOk;

  uint64_t bytes() const;
  bool changes_disk() const {
    return action == BlkAction::kWrite || action == BlkAction::kDiscard ||
           action == BlkAction::kWriteZeroes;
  }
  bool overlaps(const BlkRequest& other) const;
  // Without the chain, which is its owner's to save.
  void visit(Archive& archive);
};

// Checks a chain whole: nothing of a request that breaks a rule reaches the disk. Guest memory is
// only read.
BlkRequest read_blk_request(const BlkTerms& terms, const GuestMemory& memory,
                            DescriptorChain chain);

// The room for data in front of the status byte.
ChainWriter blk_data_room(GuestMemory& memory, const DescriptorChain& chain);
// The data that the driver sends behind the header.
ChainReader blk_payload(const GuestMemory& memory, const DescriptorChain& chain);

// Writes the status byte, and what comes with an answer that is not the disk's. `data_bytes` are
// in the chain already. Returns the bytes written, for the used ring: 0 where a chain has no room
// for a status.
uint32_t answer_blk_request(const BlkRequest& request, GuestMemory& memory, std::string_view serial,
                            uint32_t data_bytes);

}  // namespace vireo
