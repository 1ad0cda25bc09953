// Makes the records of a trace's block from a batch. Each block can be read without the others,
// and its bytes depend on its batch alone.
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/trace/trace_batch.h"
#include "cpu/trace/trace_format.h"

namespace vireo {

struct TraceRecords {
  std::vector<uint8_t> bytes;
  TraceBlockInfo info;
};

class TraceEncoder {
 public:
  TraceRecords encode(const TraceBatch& batch);

 private:
  // What this block knows of a stretch.
  struct Known {
    uint32_t block = 0;  // that knows it
    uint32_t told = 0;   // its number there
    uint32_t next = kNoStretch, other = kNoStretch;  // those that came behind it
    size_t first = 0;    // of its predictions
  };
  void begin(const TraceBatch& batch);
  void make_room(size_t bytes);
  const uint64_t* regular(uint64_t head, const uint64_t* words);
  const uint64_t* list(uint64_t head, const uint64_t* words);
  const uint64_t* record(uint64_t head, const uint64_t* words);
  uint8_t put_stretch(const TraceStretch& stretch);
  void put_code(const TraceStretch& stretch);
  uint64_t put_values(const TraceStretch& stretch, unsigned slots, const uint64_t* words);
  void put_value(uint64_t value, const TracePrediction& prediction);
  void put_bytes(const uint64_t* words, size_t bytes);
  void put_number(uint64_t value);
  void put_word(uint64_t value);
  void put(uint8_t byte) { *out_++ = byte; }
  void flush_run();

  TraceRecords records_;
  uint8_t* out_ = nullptr;
  uint8_t* end_ = nullptr;
  unsigned run_ = 0;  // stretches as foretold that are not yet written
  uint32_t block_ = 0;
  uint32_t told_ = 0;  // stretches of this block
  uint32_t last_ = kNoStretch;
  std::vector<Known> known_;
  std::vector<TracePrediction> predictions_;
};

}  // namespace vireo
