// What of an instruction's outcome a trace must tell, and what follows from the registers
// before it: recorder and reader ask the same function.
#pragma once

#include <bit>
#include <cstdint>

#include "cpu/decode/insn.h"

namespace vireo {

// How a register or RFLAGS follows from what was before.
enum class TraceMeaning : uint8_t {
  kNone,
  kMove,        // dst = source
  kZeroExtend,  // of `source_size` bytes
  kSignExtend,
  kAddress,     // dst = that of the memory operand
  kAlu,         // one of the eight of SDM 2A "ADD", by `alu`
  kTest,
  kIncrement,
  kDecrement,
  kNegate,
  kInvert,
};

// Where a value comes from that is not told: a general register, or one of these.
inline constexpr uint8_t kFromImmediate = 16, kFromNextRip = 17;

// The effects of an instruction on general registers, RFLAGS and memory.
struct TraceEffects {
  // It has no others, and always these. What is not regular is told in full, as a list.
  bool regular = false;
  uint16_t told = 0;           // general registers whose new value is told
  bool told_flags = false;
  uint8_t store = 0;           // bytes written, in one piece; 0: none
  bool told_address = false;   // of that store
  bool told_value = false;
  uint8_t store_source = 0;    // of its value, where that is not told
  int32_t stack = 0;           // added to RSP; a store is then there
  TraceMeaning meaning = TraceMeaning::kNone;
  uint8_t alu = 0;
  uint8_t size = 0;            // of the result, in bytes
  uint8_t source_size = 0;
  uint8_t dst = 0;             // general registers
  uint8_t source = 0;

  // 64-bit words that a recorder writes for it: address and value of the store, registers,
  // RFLAGS; and how many of them are told.
  unsigned words() const { return (store != 0 ? 2u : 0u) + results(); }
  unsigned slots() const { return unsigned{told_address} + unsigned{told_value} + results(); }
  unsigned results() const {
    return static_cast<unsigned>(std::popcount(told)) + unsigned{told_flags};
  }
};

// By the encoding alone: the state of the processor is not asked.
TraceEffects effects_of(const Insn& insn);

}  // namespace vireo
