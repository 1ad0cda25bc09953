// The records of an instruction trace: what encoder and decoder agree on. README of this
// folder describes the form byte by byte.
#pragma once

#include <cstdint>

#include "cpu/trace/trace_code.h"
#include "cpu/trace/trace_registers.h"

namespace vireo {

// Memory written: `size` is 1, 2, 4 or 8.
struct TraceStore {
  uint64_t address = 0;  // linear
  uint64_t value = 0;
  uint8_t size = 0;
  bool operator==(const TraceStore&) const = default;
};

// Many bytes written at once, as by a part of REP MOVS. A reader gets them as stores.
struct TraceBytes {
  uint64_t address = 0;
  uint32_t at = 0;    // where they are in the bytes of the step
  uint32_t size = 0;
};
inline constexpr uint32_t kMostBulk = 65536;

// A register's new value.
struct TraceChange {
  uint8_t number = 0;
  uint64_t value = 0;
  bool operator==(const TraceChange&) const = default;
};

// What happened: the numbers stand in the file.
enum class TraceKind : uint8_t {
  kInstruction = 0,
  kException = 1,          // delivered: what its delivery changed
  kInterrupt = 2,          // an external one
  kOutside = 3,            // a reset, INIT, SMI: by none of these
  kProcessor = 4,          // from here on: another processor
  kState = 5,              // all registers of the processor, at a block's start
  kPosition = 6,           // the count of instructions, where it does not follow
};
inline constexpr uint8_t kLastTraceKind = 6;

// What encoder and decoder remember of one told value of a stretch: it is foretold to grow by
// `step`, which is a growth that was seen twice in a row.
struct TracePrediction {
  uint64_t last = 0;
  uint64_t step = 0;
  uint64_t grew = 0;
  uint64_t foretold() const { return last + step; }
  void take(uint64_t value) {
    const uint64_t growth = value - last;
    step = growth == grew ? growth : step;
    grew = growth;
    last = value;
  }
};

inline constexpr uint32_t kNoStretch = UINT32_MAX;

// Control bytes: 0x80 + n are n + 1 stretches just as foretold; otherwise what of one is not.
enum : uint8_t {
  kControlRun = 0x80,
  kControlStretch = 0x01,  // its number follows
  kControlCut = 0x02,      // how many of its instructions retired follows
  kControlValues = 0x04,   // a bit for each told value, and those that are not as foretold
  kControlEvent = 0x08,    // no instruction: a TraceKind follows
  kControlOther = 0x10,    // the other stretch that is known to follow
};

// Values: 0 to 8 bytes of the value, or, + kTagGrowth, of its growth, zigzag.
inline constexpr uint8_t kTagGrowth = 16, kMostTagBytes = 8;

// Marks in a list: a register's number, or one of these.
inline constexpr uint8_t kListEnd = 255, kListStore = 254, kListBytes = 253;
static_assert(kTraceRegisters < kListBytes);

// What stands around the records of one block of the file.
struct TraceBlockInfo {
  uint64_t first = 0;  // count of instructions before the block's first step
  uint64_t steps = 0;  // instructions and events
};

}  // namespace vireo
