#include "cpu/exec/fma_soft.h"

#include <bit>

#include "cpu/exec/sse_env.h"

namespace vireo {
namespace {

using Wide = unsigned __int128;

template <typename Bits>
struct Format;
template <>
struct Format<uint32_t> {
  static constexpr int kMantissa = 23, kTop = 255, kBias = 127;
};
template <>
struct Format<uint64_t> {
  static constexpr int kMantissa = 52, kTop = 2047, kBias = 1023;
};

template <typename Bits>
constexpr Bits kSign = Bits{1} << (8 * sizeof(Bits) - 1);
template <typename Bits>
constexpr Bits kQuiet = Bits{1} << (Format<Bits>::kMantissa - 1);
template <typename Bits>
constexpr Bits kInfinity = Bits{Format<Bits>::kTop} << Format<Bits>::kMantissa;

template <typename Bits>
bool is_nan(Bits v) { return (v & ~kSign<Bits>) > kInfinity<Bits>; }
template <typename Bits>
bool is_signalling(Bits v) { return is_nan(v) && !(v & kQuiet<Bits>); }
template <typename Bits>
bool is_infinite(Bits v) { return (v & ~kSign<Bits>) == kInfinity<Bits>; }
template <typename Bits>
bool is_zero(Bits v) { return (v & ~kSign<Bits>) == 0; }
template <typename Bits>
bool is_denormal(Bits v) {
  return !is_zero(v) && (v & ~kSign<Bits>) >> Format<Bits>::kMantissa == 0;
}

// A magnitude of significand * 2^exponent; the significand's top bit is kTopBit.
constexpr int kTopBit = 125;
struct Number {
  Wide significand = 0;
  int exponent = 0;
};

int top_bit(Wide v) {
  const auto high = static_cast<uint64_t>(v >> 64);
  if (high != 0) return 127 - std::countl_zero(high);
  return 63 - std::countl_zero(static_cast<uint64_t>(v));
}

Number normalized(Wide significand, int exponent) {
  const int up = kTopBit - top_bit(significand);
  if (up >= 0) return {significand << up, exponent - up};
  const bool lost = (significand & ((Wide{1} << -up) - 1)) != 0;
  return {significand >> -up | lost, exponent - up};
}

// Right by `count`; what falls off leaves the lowest bit set.
Wide shifted_right(Wide v, int count) {
  if (count == 0) return v;
  if (count > 127) return v != 0;
  return v >> count | ((v & ((Wide{1} << count) - 1)) != 0);
}

template <typename Bits>
Wide significand_of(Bits v) {
  const Bits fraction = v & ((Bits{1} << Format<Bits>::kMantissa) - 1);
  return is_denormal(v) ? fraction : fraction | Bits{1} << Format<Bits>::kMantissa;
}
template <typename Bits>
int exponent_of(Bits v) {
  const int biased = static_cast<int>((v & ~kSign<Bits>) >> Format<Bits>::kMantissa);
  return (biased == 0 ? 1 : biased) - Format<Bits>::kBias - Format<Bits>::kMantissa;
}

enum Rounding : uint32_t { kNearest, kDown, kUp, kTruncate };

// `value` without its lowest `count` bits, rounded.
Wide rounded(Wide value, int count, Rounding mode, bool negative, bool& inexact) {
  if (count > 127) {
    value = value != 0;
    count = 2;
  }
  const Wide dropped = value & ((Wide{1} << count) - 1), half = Wide{1} << (count - 1);
  const Wide kept = value >> count;
  inexact = dropped != 0;
  const bool away = mode == kNearest ? dropped > half || (dropped == half && (kept & 1))
                    : mode == kDown  ? negative && inexact
                    : mode == kUp    ? !negative && inexact
                                     : false;
  return kept + away;
}

template <typename Bits>
Bits overflowed(bool negative, Rounding mode, uint32_t& flags) {
  flags |= kMxcsrOe | kMxcsrPe;
  const bool to_infinity = mode == kNearest || mode == (negative ? kDown : kUp);
  return to_infinity ? kInfinity<Bits> : kInfinity<Bits> - 1;
}

// The magnitude as the format has it. Tininess is found after rounding, as if
// the exponent had no bounds (SDM 1, 4.9.1.5).
template <typename Bits>
Bits round_and_pack(const Number& n, bool negative, uint32_t mxcsr, uint32_t& flags) {
  using F = Format<Bits>;
  const auto mode = static_cast<Rounding>(mxcsr >> kMxcsrRoundShift & 3);
  constexpr int kDropped = kTopBit - F::kMantissa;
  bool inexact = false;
  int biased = n.exponent + kTopBit + F::kBias;
  Wide kept = rounded(n.significand, kDropped, mode, negative, inexact);
  const bool carried = kept >> (F::kMantissa + 1) != 0;
  const bool tiny = biased + carried < 1;
  if (tiny && (mxcsr & kMxcsrFtz)) {
    flags |= kMxcsrUe | kMxcsrPe;
    return 0;
  }
  if (biased < 1) {
    kept = rounded(n.significand, kDropped + 1 - biased, mode, negative, inexact);
    if (inexact) flags |= tiny ? kMxcsrUe | kMxcsrPe : kMxcsrPe;
    return static_cast<Bits>(kept);
  }
  if (carried) {
    kept >>= 1;
    ++biased;
  }
  if (biased >= F::kTop) return overflowed<Bits>(negative, mode, flags);
  if (inexact) flags |= kMxcsrPe;
  return static_cast<Bits>((Bits{static_cast<Bits>(biased)} << F::kMantissa) +
                           static_cast<Bits>(kept - (Wide{1} << F::kMantissa)));
}

// The sum of two numbers of one sign, or their difference; `negative` is the sign
// of `a` and turns with the result's. Zero significand: they cancel.
Number sum(Number a, Number b, bool subtract, bool& negative) {
  const bool swap = b.exponent > a.exponent ||
                    (b.exponent == a.exponent && b.significand > a.significand);
  if (swap) {
    const Number kept = a;
    a = b;
    b = kept;
    if (subtract) negative = !negative;
  }
  b.significand = shifted_right(b.significand, a.exponent - b.exponent);
  const Wide total = subtract ? a.significand - b.significand : a.significand + b.significand;
  if (total == 0) return {};
  return normalized(total, a.exponent);
}

template <typename Bits>
struct Operands {
  Bits x, y, z;
  bool product_sign, z_sign;
  uint32_t mxcsr;
};

template <typename Bits>
Bits signed_zero(bool negative) { return negative ? kSign<Bits> : 0; }

template <typename Bits>
Bits finite_result(const Operands<Bits>& o, uint32_t& flags) {
  const bool down = (o.mxcsr >> kMxcsrRoundShift & 3) == kDown;
  const bool zero_product = is_zero(o.x) || is_zero(o.y);
  if (zero_product && is_zero(o.z)) {
    return signed_zero<Bits>(o.product_sign == o.z_sign ? o.z_sign : down);
  }
  bool negative = o.product_sign;
  Number result;
  if (zero_product) {
    negative = o.z_sign;
    result = normalized(significand_of(o.z), exponent_of(o.z));
  } else {
    result = normalized(significand_of(o.x) * significand_of(o.y),
                        exponent_of(o.x) + exponent_of(o.y));
    if (!is_zero(o.z)) {
      const Number addend = normalized(significand_of(o.z), exponent_of(o.z));
      result = sum(result, addend, o.product_sign != o.z_sign, negative);
    }
  }
  if (result.significand == 0) return signed_zero<Bits>(down);
  return signed_zero<Bits>(negative) | round_and_pack<Bits>(result, negative, o.mxcsr, flags);
}

template <typename Bits>
Bits invalid(uint32_t& flags) {
  flags |= kMxcsrIe;
  return kSign<Bits> | kInfinity<Bits> | kQuiet<Bits>;
}

template <typename Bits>
Bits of_nans(Bits x, Bits y, Bits z, uint32_t& flags) {
  if (is_signalling(x) || is_signalling(y) || is_signalling(z)) flags |= kMxcsrIe;
  return (is_nan(x) ? x : is_nan(y) ? y : z) | kQuiet<Bits>;
}

template <typename Bits>
Bits fma_bits(Bits x, Bits y, Bits z, bool negate_product, bool negate_z, uint32_t mxcsr,
              uint32_t& flags) {
  if (is_nan(x) || is_nan(y) || is_nan(z)) return of_nans(x, y, z, flags);
  if (mxcsr & kMxcsrDaz) {
    for (Bits* v : {&x, &y, &z}) {
      if (is_denormal(*v)) *v &= kSign<Bits>;
    }
  }
  const bool product_sign = (((x ^ y) & kSign<Bits>) != 0) != negate_product;
  const bool z_sign = ((z & kSign<Bits>) != 0) != negate_z;
  const bool infinite = is_infinite(x) || is_infinite(y);
  if (infinite && (is_zero(x) || is_zero(y))) return invalid<Bits>(flags);
  if (infinite && is_infinite(z) && product_sign != z_sign) return invalid<Bits>(flags);
  if (is_denormal(x) || is_denormal(y) || is_denormal(z)) flags |= kMxcsrDe;
  if (infinite) return signed_zero<Bits>(product_sign) | kInfinity<Bits>;
  if (is_infinite(z)) return signed_zero<Bits>(z_sign) | kInfinity<Bits>;
  return finite_result<Bits>({x, y, z, product_sign, z_sign, mxcsr}, flags);
}

}  // namespace

uint32_t fma_soft(uint32_t x, uint32_t y, uint32_t z, bool negate_product, bool negate_z,
                  uint32_t mxcsr, uint32_t& flags) {
  return fma_bits(x, y, z, negate_product, negate_z, mxcsr, flags);
}
uint64_t fma_soft(uint64_t x, uint64_t y, uint64_t z, bool negate_product, bool negate_z,
                  uint32_t mxcsr, uint32_t& flags) {
  return fma_bits(x, y, z, negate_product, negate_z, mxcsr, flags);
}

}  // namespace vireo
