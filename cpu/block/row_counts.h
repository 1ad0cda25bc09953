// How often each row of the instruction table was started, and which exceptions
// it raised: what the coverage report is made of. Counted by ops of its own in
// front of each instruction, which are there only when counting was asked for.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "cpu/block/op.h"
#include "cpu/decode/insn.h"
#include "machine/base/log.h"

namespace vireo {

struct RowCount {
  uint64_t started = 0;
  std::array<uint64_t, 32> faults{};  // by vector
};

class RowCounts {
 public:
  static constexpr size_t kNoRow = SIZE_MAX;

  // Whether new blocks count. Switch on before the first block is built.
  static bool on() { return Log::on(LogItem::kRows); }

  // For all processors of the process together.
  static RowCounts& all();

  void start(size_t row);
  void start_no_row();                             // an encoding that the table does not have
  void also(size_t row) { ++rows_[row].started; }  // the second of a fused pair
  // The instruction that started last was left with an exception to raise.
  void leave() { faulting_ = last_; }
  // An exception is delivered; one that no row raised (a fetch, a trap, an encoding
  // without a row) counts as other().
  void fault(uint8_t vector);
  void clear();

  const std::vector<RowCount>& rows() const { return rows_; }
  const RowCount& other() const { return other_; }

  // A line for each row, in the order of the table.
  std::vector<std::string> lines() const;

 private:
  RowCounts();
  std::vector<RowCount> rows_;
  RowCount other_;
  size_t last_ = kNoRow, faulting_ = kNoRow;
};

// The row in a few words, like "cmpxchg8b 0f c7 /1 m", the same for no other.
std::string row_title(const OpcodeRow& row);

// The op in front of an instruction of row `imm` (-1: it has none), or of a fused
// pair whose second is of row `disp` - 1.
VIREO_HANDLER count_row(Cpu& cpu, const Op* op);

}  // namespace vireo
