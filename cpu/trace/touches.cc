// Which instructions change more than general registers, RFLAGS and memory. The rule errs on
// the side of looking: only what is known to be plain is left out, and a test compares it with
// a recorder that looks everywhere.
#include <algorithm>

#include "cpu/trace/insn_recorder.h"

namespace vireo {
namespace {

struct Range {
  uint8_t first, last;
};

// One-byte opcodes that touch nothing else. Near jumps and calls are, far ones are not, but for
// those of FF, which touches_of() tells apart.
constexpr Range kPlain[] = {
    {0x00, 0x05}, {0x08, 0x0d}, {0x10, 0x15}, {0x18, 0x1d}, {0x20, 0x25}, {0x27, 0x2d},
    {0x2f, 0x35}, {0x37, 0x3d}, {0x3f, 0x61}, {0x63, 0x63}, {0x68, 0x6b}, {0x70, 0x8d},
    {0x8f, 0x99}, {0x9c, 0xb7}, {0xb8, 0xc3}, {0xc6, 0xc9}, {0xd0, 0xd7}, {0xe0, 0xe3},
    {0xe8, 0xe9}, {0xeb, 0xeb}, {0xf5, 0xff},
};

// Those behind 0F.
constexpr Range kPlainTwo[] = {
    {0x0d, 0x0d}, {0x18, 0x1f}, {0x31, 0x31}, {0x40, 0x4f}, {0x80, 0x9f}, {0xa2, 0xa5},
    {0xab, 0xad}, {0xaf, 0xb1}, {0xb3, 0xb3}, {0xb6, 0xbf}, {0xc0, 0xc1}, {0xc3, 0xc3},
    {0xc8, 0xcf},
};

bool in_any(std::span<const Range> ranges, uint8_t opcode) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](Range r) { return opcode >= r.first && opcode <= r.last; });
}

bool is_vector(Opd operand) {
  switch (operand) {
    case Opd::kVx: case Opd::kWx: case Opd::kUx: case Opd::kPq: case Opd::kQq: case Opd::kNq:
    case Opd::kHx: case Opd::kLx: case Opd::kMv: case Opd::kMx:
      return true;
    default:
      return false;
  }
}

// x87, MMX and SSE: by an operand, by the opcode, or by being of VEX.
bool uses_vectors(const Insn& insn) {
  const OpcodeRow& row = *insn.row;
  if (std::any_of(std::begin(row.operands), std::end(row.operands), is_vector)) return true;
  if (row.map == 0) return insn.opcode >= 0xd8 && insn.opcode <= 0xdf;
  return row.map == 1 && (insn.opcode == 0x77 || insn.opcode == 0xae || insn.opcode == 0xc7);
}

bool is_plain(const Insn& insn) {
  const OpcodeRow& row = *insn.row;
  if (row.map == 0) return in_any(kPlain, insn.opcode);
  if (row.map == 1) return in_any(kPlainTwo, insn.opcode);
  return true;  // 0F 38 and 0F 3A: arithmetic alone, but for INVPCID and the like
}

}  // namespace

uint8_t InsnRecorder::touches_of(const Insn& insn) {
  const bool group5_far = insn.row->map == 0 && insn.opcode == 0xff &&
                          (insn.modrm >> 3 & 7) >= 2 && (insn.modrm >> 3 & 1) != 0;
  uint8_t touches = uses_vectors(insn) ? kVectors : kNothing;
  const bool vector_only = touches != kNothing && insn.row->map != 0 &&
                           !(insn.row->map == 1 && (insn.opcode == 0xae || insn.opcode == 0xc7));
  const bool x87 = touches != kNothing && insn.row->map == 0;
  if (!vector_only && !x87 && (!is_plain(insn) || group5_far)) touches |= kSystem | kVectors;
  return touches;
}

}  // namespace vireo
