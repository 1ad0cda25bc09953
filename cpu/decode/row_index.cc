#include "cpu/decode/row_index.h"

#include <algorithm>
#include <array>
#include <vector>

namespace vireo {
namespace {

// How narrowly a row matches: rows are tried from the narrowest on, so that
// F3 90 is PAUSE although 90 alone stands for NOP under any prefix.
int specificity(const OpcodeRow& row) {
  return (row.modrm >= 0x100 ? 4 : row.modrm >= 0 ? 2 : 0) + (row.prefix != Pfx::kAny ? 8 : 0) +
         (row.mod != '*' ? 1 : 0);
}

bool row_has_modrm(const OpcodeRow& row) {
  if (row.modrm >= 0 || row.mod != '*') return true;
  return std::any_of(std::begin(row.operands), std::end(row.operands), operand_uses_modrm);
}

struct Slot {
  std::vector<const OpcodeRow*> rows;
  bool has_modrm = false;
};
// By map, those with a VEX prefix behind those without.
constexpr unsigned kMaps = 4;
using Index = std::array<std::array<Slot, 256>, 2 * kMaps>;
unsigned space(unsigned map, bool vex) { return vex ? kMaps + map : map; }

Index build_index() {
  Index index;
  for (const OpcodeRow& row : opcode_rows()) {
    Slot& slot = index[space(row.map, row.vex != Vex::kNone)][row.opcode];
    slot.rows.push_back(&row);
    slot.has_modrm |= row_has_modrm(row);
  }
  for (auto& map : index) {
    for (Slot& slot : map) {
      std::sort(slot.rows.begin(), slot.rows.end(), [](const OpcodeRow* a, const OpcodeRow* b) {
        const int x = specificity(*a), y = specificity(*b);
        return x != y ? x > y : a < b;
      });
    }
  }
  return index;
}

const Index& index() {
  static const Index built = build_index();
  return built;
}

bool prefix_matches(Pfx prefix, const RowQuery& q) {
  switch (prefix) {
    case Pfx::kAny: return true;
    case Pfx::kNp: return !q.prefix66 && !q.rep && !q.repne;
    case Pfx::k66: return q.prefix66 && !q.rep && !q.repne;
    case Pfx::kF3: return q.rep;
    case Pfx::kF2: return q.repne;
  }
  return false;
}

bool modrm_matches(const OpcodeRow& row, uint8_t modrm) {
  const bool memory = modrm >> 6 != 3;
  if (row.mod == 'm' && !memory) return false;
  if (row.mod == 'r' && memory && !(row.attributes & kAttrMemReg)) return false;
  if (row.modrm >= 0x100) return modrm == (row.modrm & 0xff);
  return row.modrm < 0 || (modrm >> 3 & 7) == row.modrm;
}

}  // namespace

bool operand_uses_modrm(Opd operand) {
  switch (operand) {
    case Opd::kNone: case Opd::kZb: case Opd::kZv: case Opd::kIb: case Opd::kIbs: case Opd::kIw:
    case Opd::kIz: case Opd::kIv: case Opd::kJb: case Opd::kJz: case Opd::kAp: case Opd::kOb:
    case Opd::kOv: case Opd::kAl: case Opd::kAx: case Opd::kCl: case Opd::kDx: case Opd::kOne:
    case Opd::kHx: case Opd::kBy: case Opd::kLx:
      return false;
    default:
      return true;
  }
}

bool opcode_has_modrm(uint8_t map, uint8_t opcode, bool vex) {
  return index()[space(map, vex)][opcode].has_modrm;
}

const OpcodeRow* find_row(const RowQuery& query) {
  for (const OpcodeRow* row : index()[space(query.map, query.vex)][query.opcode].rows) {
    if (row->attributes & (query.mode64 ? kAttrNo64 : kAttrOnly64)) continue;
    if (query.vex && !vex_matches(row->vex, query.vex_l, query.vex_w)) continue;
    if (prefix_matches(row->prefix, query) && modrm_matches(*row, query.modrm)) return row;
  }
  return nullptr;
}

}  // namespace vireo
