// What a processor's page tables map, as lines for a person: `info mem` and `info tlb`.
#pragma once

#include <string>

#include "cpu/cpu.h"

namespace vireo {

// Longer lists are cut, with a line that says so.
inline constexpr unsigned kMaxPageLines = 20'000;

// Ranges of linear addresses with the same rights: "START-END BYTES urw", u and w where users may
// come and where writing is allowed.
std::string memory_ranges_text(Cpu& cpu);
// Each page: "LINEAR: PHYSICAL FLAGS", with X no execution, G global, P large, D dirty, A
// accessed, C no caching, T write-through, U user, W writable.
std::string pages_text(Cpu& cpu);

}  // namespace vireo
