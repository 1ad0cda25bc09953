// Where our decoder and capstone 4.0.2 may disagree, and why.
#pragma once

#include <string>

#include "cpu/decode/insn.h"

namespace vireo {

struct LengthDifference {
  enum class Kind { kLength, kOnlyOurs, kOnlyCapstone } kind;
  const Insn& insn;       // ours; without a row when there is no such instruction
  uint8_t map;            // of the opcode
  std::string mnemonic;   // capstone's, or empty
};

// The reason, or null when there is none.
const char* explain(const LengthDifference& difference);

}  // namespace vireo
