// What shows a row of the instruction table to be right.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cpu/decode/insn.h"
#include "tests/coverage/row_counts_file.h"

namespace vireo {

// Enough comparisons with the host's processor.
inline constexpr uint64_t kNativeCases = 100;
inline bool proven_natively(const RowUse& use) { return use.native >= kNativeCases; }

// The test cases of row_evidence.def for the row that did execute it.
std::vector<std::string> row_evidence(const OpcodeRow& row, const RowUse& use);

// Only the host's processor could show the row, and it lacks it.
bool host_lacks(const OpcodeRow& row, const RowUses& uses);

}  // namespace vireo
