// The records of an instruction trace: what encoder and decoder agree on. README of this
// folder describes the form byte by byte.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cpu/cpu.h"
#include "cpu/trace/trace_registers.h"

namespace vireo {

inline constexpr unsigned kMaxCodeBytes = 15;

// An instruction at one place of the guest's code: RIP and bytes. Told once a block, then
// known by its number.
struct TraceCode {
  uint64_t rip = 0;
  CodeMode mode = CodeMode::k64;
  uint8_t length = 0;
  uint8_t base = 0;  // the general register that its memory operand counts from; 16: none
  std::array<uint8_t, kMaxCodeBytes> bytes{};
  bool operator==(const TraceCode&) const = default;
};
inline constexpr uint8_t kNoBase = 16;

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

// How a site's next value is foretold.
enum class TraceGuess : uint8_t { kLast, kDelta, kCopy };

// What encoder and decoder remember of one value of a site.
struct TracePrediction {
  uint64_t last = 0;
  uint64_t delta = 0;  // from the value that it counts from
  TraceGuess guess = TraceGuess::kLast;
  uint8_t copied = 0;  // kCopy: a general register
};

// The shape of a step: which registers changed and what stores there were.
//   bits 0-15 general registers, 16 RFLAGS, 17 a list of others, 18-20 how many stores stand
//   here (others are in the list), 21-28 their sizes as powers of two.
inline constexpr unsigned kShapeMore = 17, kShapeStores = 18, kShapeSizes = 21;
inline constexpr unsigned kShapeBits = 29;
inline constexpr unsigned kMostStores = 4;
inline constexpr unsigned kPredictions = 4;
inline constexpr uint32_t kNoSite = UINT32_MAX;

// What both sides remember of a site within a block.
struct TraceMemory {
  uint32_t shape = 0;
  uint32_t next = kNoSite;   // the site that came behind it last
  uint32_t other = kNoSite;  // and the one before that
  std::array<TracePrediction, kPredictions> values{};
};

// Control bytes: 0x80 + n are n + 1 steps just as foretold; otherwise what of a step is not.
enum : uint8_t {
  kControlRun = 0x80,
  kControlSite = 0x01,    // its number follows
  kControlShape = 0x02,   // its shape follows
  kControlValues = 0x04,  // a tag for each value follows
  kControlEvent = 0x08,   // no instruction: a TraceKind follows
  kControlOther = 0x10,   // the other site that is known to follow
};

// Tags of values.
enum : uint8_t {
  kTagForetold = 0,
  kTagDelta = 0x00,  // + n: n bytes, signed, to be added to what the value counts from
  kTagCopy = 0x20,   // + r: of general register r, as it was before
  kTagLast = 0x40,   // the same as the last time
  kTagAgain = 0x41,  // the same distance as the last time
};
inline constexpr unsigned kMostDelta = 8;

// Marks in a list of others: a register's number, or one of these.
inline constexpr uint8_t kListEnd = 255, kListStore = 254, kListBytes = 253;
static_assert(kTraceRegisters < kListBytes);

// What stands around the records of one block of the file.
struct TraceBlockInfo {
  uint64_t first = 0;  // count of instructions before the block's first step
  uint64_t steps = 0;  // instructions and events
};

// Takes finished blocks.
class TraceBlockSink {
 public:
  virtual ~TraceBlockSink() = default;
  virtual void write(std::vector<uint8_t> records, const TraceBlockInfo& info) = 0;
};

}  // namespace vireo
