// Reads one block of an instruction trace, step by step. What it is given may be anything:
// it never reads behind its end and stops at the first record that cannot be.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "cpu/trace/trace_format.h"
#include "cpu/trace/trace_meaning.h"

namespace vireo {

// One instruction, or an event between two.
struct TraceStep {
  uint64_t index = 0;  // instructions of the machine before it
  unsigned processor = 0;
  TraceKind kind = TraceKind::kInstruction;
  TraceCode code;       // of an instruction
  uint8_t vector = 0;   // of an event
  uint32_t error = 0;
  std::vector<TraceChange> changes;
  std::vector<TraceStore> stores;
  // The same, the numbers of the processors aside, which is part of it.
  bool operator==(const TraceStep&) const = default;
};

class TraceDecoder {
 public:
  // `records` must outlive it.
  TraceDecoder(std::span<const uint8_t> records, const TraceBlockInfo& info);

  // False at the end, and where the block is damaged: then failed() says so.
  bool next(TraceStep& step);
  bool failed() const { return failed_; }

  // The registers of the processor of the last step, after it.
  const TraceRegisters& registers() const { return processors_.at(processor_); }

 private:
  struct Instruction {
    TraceCode code;
    TraceMeant meant;
  };
  struct Stretch {
    bool regular = false;
    std::vector<Instruction> instructions;
    std::vector<uint16_t> slots{0};
    std::vector<TracePrediction> predictions;
    uint32_t next = kNoStretch, other = kNoStretch;
  };
  bool take_record();
  bool take_stretch(uint8_t control);
  bool find_stretch(uint8_t control);
  bool take_code();
  bool take_instruction(Stretch& stretch, CodeMode mode, uint64_t& rip);
  bool take_values(bool told);
  bool take_value(const TracePrediction& prediction, uint64_t& out);
  bool event(uint8_t kind);
  bool take_state();
  bool take_list(TraceStep& step);
  bool take_bulk(TraceStep& step);
  bool next_instruction(TraceStep& step);
  bool delivered(TraceStep& step);
  void regular(const Instruction& instruction, TraceStep& step);
  void begin_step(TraceStep& step);

  bool fail() {
    failed_ = true;
    return false;
  }
  bool byte(uint8_t& out);
  bool number(uint64_t& out);
  bool word(uint64_t& out, unsigned bytes = 8);

  std::span<const uint8_t> rest_;
  uint64_t index_;
  uint64_t steps_left_;
  unsigned run_ = 0;
  uint32_t last_ = kNoStretch;
  // The stretch in hand: which of its instructions comes, how many, and their values.
  unsigned at_ = 0, count_ = 0;
  std::vector<uint64_t> values_;
  size_t value_ = 0;
  uint8_t event_ = 0;  // a TraceKind that is a step, or 0
  bool failed_ = false;
  std::vector<Stretch> stretches_;
  std::map<unsigned, TraceRegisters> processors_;
  unsigned processor_ = 0;
  TraceRegisters* registers_ = nullptr;
};

}  // namespace vireo
