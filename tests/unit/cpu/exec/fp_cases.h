// Random encodings of a row of the instruction table, and random states with
// edge values in them, from fixed seeds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cpu/decode/insn.h"
#include "tests/unit/cpu/exec/fp_native.h"

namespace vireo {

// splitmix64: the same sequence on every host.
class CaseRandom {
 public:
  explicit CaseRandom(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  unsigned below(unsigned bound) { return static_cast<unsigned>(next() % bound); }
  bool one_in(unsigned n) { return below(n) == 0; }

 private:
  uint64_t state_;
};

// Which exception masks the guest has.
enum class Masks { kAll, kRandom };

// Bytes of one encoding of `row`, in 64-bit mode, memory operands within
// FpMachine::memory at [rbx + ...].
std::vector<uint8_t> random_encoding(const OpcodeRow& row, CaseRandom& random);
FpMachine random_state(CaseRandom& random, Masks masks, uint64_t rbx);

// What one run on both processors showed.
struct Comparison {
  bool equal = true;
  std::string difference;
};
struct CompareOptions {
  uint16_t flags = 0;           // RFLAGS bits to compare
  uint16_t ignore_status = 0;   // bits of the x87 status word
  uint32_t ignore_mxcsr = 0;
  unsigned memory_skip_from = 0, memory_skip_to = 0;  // bytes that differ rightly
};
Comparison compare_states(const FpMachine& ours, const FpMachine& native,
                          const CompareOptions& options);

}  // namespace vireo
