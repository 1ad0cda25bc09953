// Direct access to the RAM behind one page, for bulk work.
#pragma once

#include <cstdint>

#include "cpu/block/op.h"
#include "cpu/mmu/mmu.h"

namespace vireo {

// What stands behind a virtual address. For RAM `host` is the byte itself and
// the rest of its page follows it.
struct RamSpan {
  enum class Kind : uint8_t { kRam, kDevice, kFault } kind = Kind::kFault;
  uint8_t* host = nullptr;
  GuestAddr physical;
  bool holds_code = false;  // writes must be told to all CPUs
};

// Translates with full checks at the current privilege, for the memory operand of
// `op`, whose faults it raises (null: for an address that cannot fault so). Unlike a
// handler's store it hands out pages that hold code as well.
RamSpan ram_span(Cpu& cpu, const Op* op, uint64_t va, Access access);

}  // namespace vireo
