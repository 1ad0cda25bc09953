// How many cases of each row were compared with the host's processor: what the
// report of rows and their evidence reads.
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/decode/insn.h"

namespace vireo {

inline std::vector<uint64_t>& native_cases() {
  static std::vector<uint64_t> cases(opcode_rows().size());
  return cases;
}

inline void note_native_case(const OpcodeRow& row) {
  const auto index = static_cast<size_t>(&row - opcode_rows().data());
  if (index < native_cases().size()) ++native_cases()[index];
}

}  // namespace vireo
