// Reads one block of an instruction trace, step by step. What it is given may be anything:
// it never reads behind its end and stops at the first record that cannot be.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "cpu/trace/trace_format.h"
#include "cpu/trace/trace_values.h"

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
  struct Site {
    TraceCode code;
    TraceMemory memory;
  };
  bool step_as_foretold(TraceStep& step);
  bool instruction(uint8_t control, TraceStep& step);
  bool event(TraceStep& step, bool& told);
  bool find_site(uint8_t control);
  bool take_site();
  bool take_step(Site& site, uint8_t control, TraceStep& step);
  bool take_value(TracePrediction& prediction, TraceValue& value);
  bool take_values(Site& site, uint8_t control, TraceValue* values, unsigned count);
  bool take_more(TraceStep& step);
  bool take_bulk(TraceStep& step);
  bool take_state();
  void keep(TraceStep& step, const Site& site, const TraceValue* values);
  unsigned list_values(const Site& site, TraceValue* out) const;

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
  uint32_t last_ = kNoSite;
  uint32_t site_ = kNoSite;  // of the step in hand
  bool failed_ = false;
  std::vector<Site> sites_;
  std::map<unsigned, TraceRegisters> processors_;
  unsigned processor_ = 0;
  TraceRegisters* registers_ = nullptr;
};

}  // namespace vireo
