// What a recorder hands over: a piece of a run as it came, to be encoded elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "cpu/trace/trace_code.h"

namespace vireo {

// 64-bit words. The low two bits of the first word of each entry say what it is:
//   kBatchRegular  the address of a TraceStretch, and above it how many of its instructions
//                  retired (0: all); its words follow.
//   kBatchList     the address of one that is not regular; the bytes of its list follow.
//   kBatchRecord   the record as it goes into the file follows.
// Where bytes follow, the next word counts them; they are filled up to whole words.
enum : uint64_t { kBatchRegular = 0, kBatchList = 1, kBatchRecord = 2, kBatchEntry = 3 };
inline constexpr unsigned kBatchCountShift = 48;
inline constexpr uint64_t kBatchStep = 4;  // with kBatchRecord: it is a step

struct TraceBatch {
  uint64_t first = 0;  // instructions before it
  size_t used = 0;     // words
  std::unique_ptr<uint64_t[]> words;
  size_t stretches = 0;  // above their numbers
  std::shared_ptr<const void> code;  // keeps them
};

// Takes batches in their order; what they hold is not needed any more then.
class TraceBatchSink {
 public:
  virtual ~TraceBatchSink() = default;
  virtual void write(TraceBatch batch) = 0;
};

}  // namespace vireo
