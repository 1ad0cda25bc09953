// Emitters of FMA and F16C. See Emit in cpu/decode/insn.h.
#pragma once

#include "cpu/decode/insn.h"

namespace vireo {

// What is computed; which operand is what (the digits of the mnemonic: of
// destination 1, VEX.vvvv 2, r/m 3 those multiplied, then that added); on which
// elements. A row's arg holds all three.
enum FmaKind : uint16_t { kFmaddsub, kFmsubadd, kFmadd, kFmsub, kFnmadd, kFnmsub };
enum FmaOrder : uint16_t { kFma132, kFma213, kFma231 };
enum FmaType : uint16_t { kFmaPs, kFmaPd, kFmaSs, kFmaSd };
constexpr uint16_t fma_arg(FmaKind kind, FmaOrder order, FmaType type) {
  return static_cast<uint16_t>(kind | order << 4 | type << 8);
}

bool emit_fma(const Insn& insn, Op& op);
bool emit_from_half(const Insn& insn, Op& op);
bool emit_to_half(const Insn& insn, Op& op);

}  // namespace vireo
