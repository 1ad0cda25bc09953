// Everything that a processor's paging structures map, for those who show it (SDM 3A 4.3 to 4.5).
#pragma once

#include <cstdint>
#include <functional>

#include "cpu/cpu.h"

namespace vireo {

// One page of whatever size. The rights are those of all levels together.
struct PageMapping {
  uint64_t linear = 0;
  uint64_t physical = 0;
  uint64_t bytes = 0;
  uint64_t entry = 0;  // the one that maps it
  bool writable = true, user = true, no_execute = false;
};

// Tells every mapping in order of linear addresses; reads guest memory and changes nothing. It
// ends when `tell` returns false, or after kMaxPageEntries entries were read, as tables that a
// guest lets point at each other map without end. False when it ended so. Without paging nothing
// is told.
inline constexpr uint64_t kMaxPageEntries = 4'000'000;
bool for_each_mapping(Cpu& cpu, const std::function<bool(const PageMapping&)>& tell);

}  // namespace vireo
