// The eight arithmetic and logic operations on values (SDM 2A ADD, OR, ADC,
// SBB, AND, SUB, XOR, CMP).
#pragma once

#include "cpu/exec/integer.h"
#include "cpu/state/flags.h"

namespace vireo {

template <unsigned kind>
inline constexpr bool kWritesResult = kind != kAluCmp;

// The result; with `flags` also the arithmetic flags in `f`.
template <unsigned kind, bool flags, typename T>
inline T alu(T a, T b, PackedFlags& f) {
  if constexpr (kind == kAluAdd) {
    return flags ? flag_add<T>(a, b, f) : static_cast<T>(a + b);
  } else if constexpr (kind == kAluAdc) {
    return flags ? flag_adc<T>(a, b, f) : static_cast<T>(a + b + (f >> 8 & 1));
  } else if constexpr (kind == kAluSbb) {
    return flags ? flag_sbb<T>(a, b, f) : static_cast<T>(a - b - (f >> 8 & 1));
  } else if constexpr (kind == kAluSub) {
    return flags ? flag_sub<T>(a, b, f) : static_cast<T>(a - b);
  } else if constexpr (kind == kAluCmp) {
    if (flags) flag_cmp<T>(a, b, f);
    return a;
  } else {
    const T r = static_cast<T>(kind == kAluAnd ? a & b : kind == kAluOr ? a | b : a ^ b);
    if (flags) f = flag_logic<T>(r);
    return r;
  }
}

}  // namespace vireo
