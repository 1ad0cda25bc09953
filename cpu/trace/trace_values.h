// How the values of a step are foretold: the part that encoder and decoder share.
#pragma once

#include <bit>
#include <cstdint>

#include "cpu/trace/trace_format.h"

namespace vireo {

// What value number k of a step is about, in the order in which they stand: general
// registers by number, RFLAGS, then address and value of each store.
struct TraceValue {
  uint64_t value = 0;
  uint64_t from = 0;   // what it counts from
  uint64_t mask = ~uint64_t{0};  // of a copied register
};
inline constexpr unsigned kMostValues = kTraceFlags + 1 + 2 * kMostStores;

inline unsigned shape_stores(uint32_t shape) { return shape >> kShapeStores & 7; }
inline uint8_t shape_store_size(uint32_t shape, unsigned store) {
  return static_cast<uint8_t>(1u << (shape >> (kShapeSizes + 2 * store) & 3));
}
inline bool shape_sound(uint32_t shape) {
  return shape >> kShapeBits == 0 && shape_stores(shape) <= kMostStores;
}
inline uint64_t size_mask(unsigned size) {
  return size >= 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * size) - 1;
}

// `registers` are those before the step.
inline uint64_t foretell(const TracePrediction& p, const TraceValue& v,
                         const TraceRegisters& registers) {
  switch (p.guess) {
    case TraceGuess::kLast: return p.last;
    case TraceGuess::kDelta: return v.from + p.delta;
    case TraceGuess::kCopy: break;
  }
  return registers[p.copied] & v.mask;
}

inline void remember(TracePrediction& p, const TraceValue& v) {
  p.last = v.value;
  p.delta = v.value - v.from;
}

// Where a store's address counts from.
inline uint64_t base_of(const TraceCode& code, const TraceRegisters& registers) {
  return code.base < kNoBase ? registers[code.base] : 0;
}

}  // namespace vireo
