// A second opinion on paging: SDM 3A chapter 4 put down bit by bit, slowly and
// without a line of the processor's own walker.
#pragma once

#include <cstdint>
#include <vector>

#include "machine/base/guest_memory.h"

namespace vireo {

struct ModelRegisters {
  uint64_t cr0 = 0, cr3 = 0, cr4 = 0, efer = 0;
  uint32_t pkru = 0;
  uint64_t pdptes[4] = {};
  bool long_mode = false;  // EFER.LMA
};

struct ModelAccess {
  uint64_t va = 0;
  bool write = false, fetch = false, user = false;
  bool smap_suspended = false;  // RFLAGS.AC, explicit access
};

struct ModelOutcome {
  enum class Kind : uint8_t { kDone, kPageFault, kGeneralProtection } kind = Kind::kDone;
  uint32_t error = 0;
  uint64_t physical = 0;
  struct Update {
    uint64_t at, value;
    unsigned size;
  };
  std::vector<Update> updates;  // accessed and dirty bits that are set
};

ModelOutcome model_translate(const ModelRegisters& registers, const GuestMemory& memory,
                             const ModelAccess& access);

}  // namespace vireo
