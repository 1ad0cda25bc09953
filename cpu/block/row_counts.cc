#include "cpu/block/row_counts.h"

#include <fmt/format.h>

namespace vireo {
namespace {

constexpr const char* kVectors[32] = {
    "DE", "DB", "NMI", "BP", "OF", "BR", "UD", "NM", "DF", "9",  "TS",
    "NP", "SS", "GP",  "PF", "15", "MF", "AC", "MC", "XM", "VE", "CP",
    "22", "23", "24",  "25", "26", "27", "28", "29", "30", "31"};

std::string fault_text(const RowCount& count) {
  std::string text;
  for (unsigned vector = 0; vector < 32; ++vector) {
    if (count.faults[vector] == 0) continue;
    text += fmt::format(" #{}:{}", kVectors[vector], count.faults[vector]);
  }
  return text;
}

std::string prefix_text(const OpcodeRow& row) {
  static constexpr const char* kPrefixes[] = {"", "np ", "66 ", "f3 ", "f2 "};
  static constexpr const char* kMaps[] = {"", "0f ", "0f38 ", "0f3a "};
  const char* vex = row.vex != Vex::kNone ? "vex " : "";
  return fmt::format("{}{}{}", vex, kPrefixes[static_cast<unsigned>(row.prefix)],
                     kMaps[row.map & 3]);
}

}  // namespace

std::string row_title(const OpcodeRow& row) {
  std::string text = fmt::format("{} {}{:02x}", row.name, prefix_text(row), row.opcode);
  if (row.modrm >= 0x100) text += fmt::format(" {:02x}", row.modrm & 0xff);
  else if (row.modrm >= 0) text += fmt::format(" /{}", row.modrm);
  if (row.mod != '*') text += fmt::format(" {}", row.mod);
  if (row.vex != Vex::kNone) text += fmt::format(" v{}", static_cast<unsigned>(row.vex));
  if (row.attributes & kAttrNo64) text += " no64";
  if (row.attributes & kAttrOnly64) text += " only64";
  return text;
}

RowCounts::RowCounts() : rows_(opcode_rows().size()) {}

RowCounts& RowCounts::all() {
  static RowCounts counts;
  return counts;
}

void RowCounts::start(size_t row) {
  ++rows_[row].started;
  last_ = row;
  faulting_ = kNoRow;
}

void RowCounts::start_no_row() { last_ = faulting_ = kNoRow; }

void RowCounts::fault(uint8_t vector) {
  RowCount& count = faulting_ != kNoRow ? rows_[faulting_] : other_;
  ++count.faults[vector & 31];
  faulting_ = kNoRow;
}

void RowCounts::clear() {
  rows_.assign(rows_.size(), RowCount{});
  other_ = {};
  last_ = faulting_ = kNoRow;
}

std::vector<std::string> RowCounts::lines() const {
  std::vector<std::string> lines;
  for (size_t i = 0; i < rows_.size(); ++i) {
    lines.push_back(fmt::format("row {} {}{}: {}", rows_[i].started, i, fault_text(rows_[i]),
                                row_title(opcode_rows()[i])));
  }
  lines.push_back(fmt::format("row 0 other{}: no row's own", fault_text(other_)));
  return lines;
}

VIREO_HANDLER count_row([[maybe_unused]] Cpu& cpu, const Op* op) {
  if (op->imm < 0)
    RowCounts::all().start_no_row();
  else
    RowCounts::all().start(static_cast<size_t>(op->imm));
  if (op->disp != 0) RowCounts::all().also(static_cast<size_t>(op->disp - 1));
  VIREO_NEXT();
}

}  // namespace vireo
