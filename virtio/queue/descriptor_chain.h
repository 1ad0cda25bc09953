// One request of a driver: a chain of descriptors, checked completely when it is
// taken from the ring (VirtIO 1.4 section 2.7.5).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "machine/base/archive.h"
#include "machine/base/guest_memory.h"
#include "machine/base/result.h"

namespace vireo {

// A contiguous run of guest RAM that one descriptor names. Never empty within a chain.
struct MemoryPiece {
  GuestAddr addr;
  uint32_t length = 0;
};

// The memory of a chain: first what the device may read, then what it may write.
// Ring formats build it through the checks below; after that nothing needs checking
// again until the device is done with the chain (RAM does not move under a running
// event; an access that fails all the same is reported by the reader or writer).
//
// Guaranteed of every chain:
//  - each piece lies wholly in RAM: no hole, no MMIO, no wrap past 2^64;
//  - no readable piece follows a writable one;
//  - all lengths together fit in 32 bits, as used.len must;
//  - the number of pieces is bounded by the queue size plus the indirect limit;
//  - empty descriptors are left out.
class DescriptorChain {
 public:
  explicit DescriptorChain(uint16_t id = 0) : id_(id) {}

  // What the driver knows the request by: the head's index in a split ring, the
  // buffer id in a packed one.
  uint16_t id() const { return id_; }

  std::span<const MemoryPiece> readable() const {
    return std::span(pieces_).first(readable_count_);
  }
  std::span<const MemoryPiece> writable() const {
    return std::span(pieces_).subspan(readable_count_);
  }
  uint32_t readable_bytes() const { return readable_bytes_; }
  uint32_t writable_bytes() const { return writable_bytes_; }

  // For ring formats: appends one descriptor's memory, or says which rule it breaks.
  Result<void> append(const GuestMemory& memory, GuestAddr addr, uint32_t length,
                      bool device_writes);
  // For packed rings, whose last descriptor names the chain.
  void set_id(uint16_t id) { id_ = id; }

  // For a device that holds the chain while a snapshot is taken. Whether its pieces are RAM is
  // not looked at again.
  void visit(Archive& archive);

 private:
  void add(GuestAddr addr, uint32_t length, bool device_writes);

  uint16_t id_;
  bool writable_seen_ = false;
  size_t readable_count_ = 0;
  uint32_t readable_bytes_ = 0;
  uint32_t writable_bytes_ = 0;
  std::vector<MemoryPiece> pieces_;
};

}  // namespace vireo
