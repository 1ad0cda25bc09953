// Finds the row of the instruction table that an encoding matches.
#pragma once

#include <cstdint>

#include "cpu/decode/insn.h"

namespace vireo {

// What selects among rows of one opcode.
struct RowQuery {
  uint8_t map = 0;
  uint8_t opcode = 0;
  bool prefix66 = false, rep = false, repne = false;
  uint8_t modrm = 0;  // looked at only when a row asks
  bool mode64 = false;
  bool vex = false, vex_l = false, vex_w = false;
};

// Whether any row of the opcode has a ModRM byte (all of them do, then).
bool opcode_has_modrm(uint8_t map, uint8_t opcode, bool vex = false);

// The most specific matching row, or null when there is none.
const OpcodeRow* find_row(const RowQuery& query);

bool operand_uses_modrm(Opd operand);

}  // namespace vireo
